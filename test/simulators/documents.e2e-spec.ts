import { readFileSync } from 'node:fs';
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
});
