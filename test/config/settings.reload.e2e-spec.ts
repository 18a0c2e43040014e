import { readFileSync, writeFileSync } from 'node:fs';
import { SettingsReload } from '../../src/config/reload/settings.reload.js';
import type { CallResponse } from '../support/gateway.js';
import { RotatingGateway } from '../support/rotating.gateway.js';

const CHECK = '/v1/users/42/entitlements/1337';

describe('settings that change while the gateway runs', () => {
  let rotating: RotatingGateway;

  beforeEach(async () => {
    rotating = await RotatingGateway.start();
  });

  afterEach(() => rotating.close());

  const ask = (key = 'tg_first', path = CHECK): Promise<CallResponse> =>
    rotating.gateway.call('GET', path, { key });
  const health = async () => (await ask('tg_first', '/health/upstreams')).body;
  const rotationOf = async (upstream: string) =>
    (await health()).items.find((item: { upstream: string }) => item.upstream === upstream).rotation;

  const failing = async () =>
    (await ask('tg_first', '/metrics')).text
      .split('\n')
      .filter((line) => line.startsWith('tollgate_rotation_failing'))
      .map((line) => line.slice(line.indexOf('{') + 1));

  it('are taken over for callers, scopes and limits at once', async () => {
    expect((await ask()).status).toBe(200);
    Object.assign(rotating.settings, {
      keys: ['tg_first', 'tg_second'],
      scopes: ['ops:read'],
      limit: { requests: 50_000, perSeconds: 1 },
    });
    rotating.write();
    await rotating.until(async () => (await ask('tg_second')).status === 403);
    expect((await ask()).status).toBe(403);
    const { status, headers } = await ask('tg_second', '/health/upstreams');
    expect([status, headers.get('ratelimit-policy')]).toEqual([200, '"caller";q=50000;w=1']);
    expect(rotating.timesLogged('settings reloaded')).toBe(1);
  });

  it('are refused whole when anything is wrong, and everything goes on as before', async () => {
    await ask();
    rotating.settings.keys = ['tg_second'];
    rotating.settings.scopes = ['canary:read'];
    rotating.write();
    await rotating.until(() => rotating.timesLogged('settings refused') === 1);
    expect([(await ask()).status, (await ask('tg_second')).status]).toEqual([200, 401]);
    expect((await ask('tg_first', '/health/ready')).status).toBe(200);
    expect((await health()).settings).toEqual({
      state: 'refused',
      since: expect.stringMatching(/Z$/),
      faults: [
        {
          path: 'callers[0].scopes[0]',
          reason: expect.stringContaining('must be one of: '),
          line: expect.any(Number),
          column: expect.any(Number),
          owner: 'caller shop',
        },
      ],
    });
    const [{ line, column }] = (await health()).settings.faults;
    const [written = ''] = readFileSync(rotating.folder.file, 'utf8')
      .split('\n')
      .slice(line - 1);
    expect(written.slice(column - 1)).toMatch(/^"?canary:read/);
    const place = `${rotating.folder.file}:${line}:${column}: callers[0].scopes[0] (caller shop): must be one of: `;
    expect(rotating.timesLogged(`settings refused, those in force stay: ${place}`)).toBe(1);
    expect(rotating.lines.join('')).not.toContain('canary');

    rotating.settings.scopes = ['ops:read'];
    rotating.write();
    await rotating.until(async () => (await ask('tg_second', '/health/upstreams')).status === 200);
    const { body } = await ask('tg_second', '/health/upstreams');
    expect(body.settings).toMatchObject({ state: 'current', faults: [] });
  });

  it('are refused when a second tenant comes with the webhook secret of the first', async () => {
    rotating.folder.replace('webhook-secret', 'canary-of-both');
    Object.assign(rotating.settings, { webhook: { secret: { file: 'webhook-secret' } }, others: ['second'] });
    rotating.write();
    await rotating.until(() => rotating.timesLogged('settings refused') === 1);
    expect((await health()).settings.faults).toEqual([
      {
        path: 'tenants[1].import2.webhook.secret',
        reason: expect.stringContaining("webhook secret of tenant 'demo'"),
        line: expect.any(Number),
        column: expect.any(Number),
        owner: 'tenant second',
      },
    ]);
    expect(rotating.lines.join('')).not.toContain('canary');
  });

  it('are refused while a secret is missing or half written, and taken when it is whole', async () => {
    await ask();
    writeFileSync(`${rotating.folder.path}/import2-token`, '');
    await rotating.until(async () => (await health()).settings.state === 'refused');
    expect((await health()).settings.faults).toEqual([
      expect.objectContaining({
        path: 'tenants[0].import2.apiToken',
        reason: 'refers to an empty value',
        owner: 'tenant demo',
      }),
    ]);
    writeFileSync(`${rotating.folder.path}/import2-token`, 'aafbdfde226327dafc73');
    await rotating.until(async () => (await health()).settings.state === 'current');
  });

  it('are taken over with warnings that have their places', async () => {
    rotating.folder.replace('import2-token', 'short');
    await rotating.until(() => rotating.timesLogged('settings reloaded') === 1);
    expect(
      rotating.lines.some((line) =>
        /tollgate\.\w+:\d+:\d+: tenants\[0\]\.import2\.apiToken \(tenant demo\): /.test(line),
      ),
    ).toBe(true);
  });

  it('warn only of what is new', async () => {
    const warnings = () => rotating.lines.filter((line) => line.includes('less than 16 characters')).length;
    rotating.folder.replace('import2-token', 'short');
    await rotating.until(() => rotating.timesLogged('settings reloaded') === 1);
    const before = warnings();
    rotating.folder.replace('import2-token', 'short-too');
    await rotating.until(() => rotating.timesLogged('settings reloaded') === 2);
    expect([before > 0, warnings()]).toEqual([true, before]);
  });

  it('are read again on demand, and log nothing when nothing differs', async () => {
    await rotating.gateway.app.get(SettingsReload).reload();
    expect(rotating.timesLogged('as requested')).toBe(1);
    rotating.write();
    rotating.settings.keys = ['tg_first', 'tg_second'];
    rotating.write();
    await rotating.until(async () => (await ask('tg_second')).status === 200);
    expect(rotating.timesLogged('settings reloaded')).toBe(1);
  });

  it('keep the old secret of SPiD in use until the vendor accepts the new one', async () => {
    await ask();
    rotating.folder.mount('spid', { 'client-secret': 'next-secret' });
    await rotating.until(async () => (await rotationOf('spid'))?.trials === 1);
    expect(await rotationOf('spid')).toMatchObject({
      lastFailure: 'MisconfiguredError',
      lastFailureReason: 'the vendor refuses the client secret, or does not know the client id',
    });
    expect(await failing()).toEqual([
      'tenant="demo",upstream="spid"} 1',
      'tenant="demo",upstream="import2"} 0',
    ]);
    const line = rotating.lines.find((each) => each.includes('new spid settings do not work'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ tenant: 'demo', setting: 'tenants[0].spid' });
    // Without a usable token the gateway has to log in, which only the old secret can do.
    await rotating.gateway.spid.control('POST', '/__tokens/revoke');
    expect((await ask()).status).toBe(200);
    await rotating.accept(['next-secret'], ['aafbdfde226327dafc73']);
    await rotating.until(() => rotating.timesLogged('new spid settings work') === 1);
    await rotating.gateway.spid.control('POST', '/__tokens/revoke');
    expect((await ask()).status).toBe(200);
    expect(await rotationOf('spid')).toBeNull();
    expect((await failing())[0]).toMatch(/ 0$/);
    expect(rotating.lines.join('')).not.toMatch(/next-secret|foobar/);
  });

  it('keep the old token of Import2 in use until the vendor accepts the new one', async () => {
    const tools = () => ask('tg_first', '/v1/migration-tools');
    await tools();
    rotating.folder.replace('import2-token', 'next-token');
    await rotating.until(async () => (await rotationOf('import2'))?.trials === 1);
    expect((await tools()).status).toBe(200);
    await rotating.accept(['foobar'], ['next-token']);
    await rotating.until(() => rotating.timesLogged('new import2 settings work') === 1);
    expect((await tools()).status).toBe(200);
  });

  it('may go back to the secret in use, which ends the trials', async () => {
    await ask();
    rotating.folder.mount('spid', { 'client-secret': 'slip-of-the-pen' });
    await rotating.until(async () => (await rotationOf('spid'))?.trials === 1);
    rotating.folder.mount('spid', { 'client-secret': 'foobar' });
    await rotating.until(async () => (await rotationOf('spid')) === null);
    expect(rotating.timesLogged('settings work and are in use')).toBe(0);
  });
});
