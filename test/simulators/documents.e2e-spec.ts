import { readFileSync } from 'node:fs';
import { plainClient, signedClient } from '../../src/simulators/spid/spid.client.registry.js';
import { startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import { SpidCaller } from './spid.caller.js';

const DOCUMENT = readFileSync(new URL('../../docs/simulators.md', import.meta.url), 'utf8');

describe('docs/simulators.md', () => {
  it('lists every quirk of SPiD, its default first, and all accepted values', async () => {
    const spid = await SpidCaller.start();
    const { body: defaults } = (await spid.control('GET', '/__quirks')) as { body: Record<string, string> };
    const rows = DOCUMENT.matchAll(/^\| `(\w+)` +\| (`[^|]+`) +\|/gm);
    const documented: Record<string, string[]> = {};
    for (const [, name, values] of rows) documented[name!] = values!.replaceAll('`', '').trim().split(', ');

    expect(Object.keys(defaults).toSorted()).toEqual(Object.keys(documented).toSorted());
    for (const [name, [first, ...others]] of Object.entries(documented)) {
      expect([name, defaults[name]]).toEqual([name, first]);
      const taken = others.map((value) => spid.control('PUT', '/__quirks', { [name]: value }));
      expect((await Promise.all(taken)).map(({ status }) => status)).toEqual(others.map(() => 200));
      const refused = await spid.control('PUT', '/__quirks', { [name]: 'other' });
      expect(JSON.stringify(refused.body)).toContain([first, ...others].join(', '));
    }
    await spid.close();
  });

  it('lists the clients of SPiD with their secrets', () => {
    const rows = [
      ...DOCUMENT.matchAll(/^\| (\w+) +\| `([0-9a-f]{24})` \| `(\w+)` +\| `(\w+)` +\| (\w+) +\|/gm),
    ];
    expect(rows.map(([, ...cells]) => cells)).toEqual(
      [plainClient, signedClient].map(({ id, secret, signatureSecret, signed, tokenKind }) => [
        signed ? 'signed' : 'unsigned',
        id,
        secret,
        signatureSecret,
        tokenKind === 'jwt' ? 'JWT' : tokenKind,
      ]),
    );
  });

  it('has a token that Import2 accepts', async () => {
    const [, token = ''] = /`apiToken` `(\w+)`/.exec(DOCUMENT) ?? [];
    const import2 = await startImport2Simulator({ port: 0 });
    const authorization = `Basic ${Buffer.from(`${token}:X`).toString('base64')}`;
    const { status } = await fetch(`${import2.url}/api/v2.1/tools`, { headers: { authorization } });
    await import2.close();
    expect(status).toBe(200);
  });
});
