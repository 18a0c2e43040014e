import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../src/config/errors/configuration.error.js';
import { readEnvironment } from '../../src/config/environment/environment.js';
import { StartRefusedError } from '../../src/config/errors/start.refused.error.js';
import { startEmbeddedUpstreams } from '../../src/embedded/embedded.upstreams.js';
import { KeptStateError } from '../../src/simulators/kept.state.js';
import { FIRST_WEBHOOK_MS, startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import { SpidCaller } from './spid.caller.js';

const GROUP = '324673248';
const AUTHORIZATION = `Basic ${Buffer.from('aafbdfde226327dafc73:').toString('base64')}`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tollgate-simulators-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function import2(method: string, url: string, body?: object) {
  const response = await fetch(url, {
    method,
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : undefined) as Record<string, string> };
}

const create = async (url: string) =>
  Number((await import2('POST', `${url}/api/v2.1/imports`, { source_tool: 'tumblr' })).body['id']);

describe('the state of the SPiD simulator', () => {
  const start = () => SpidCaller.start({ stateFile: join(folder, 'spid.json') });

  it('is there after a restart, and ids go on', async () => {
    const first = await start();
    const newUser = (await first.control('POST', '/__users')).body as { userId: string; uuid: string };
    await first.post('/user/938029/product/1337');
    await first.post(`/user/${newUser.uuid}/product/301694`);
    await first.delete('/user/42/product/1337');
    const group = (await first.post('/vouchers/group', { title: 'Kept', type: '8', limit: '5' })).body.data;
    await first.post(`/vouchers/generate/${group.voucherGroupId}`, { amount: '3' });
    const drawn = (await first.post(`/vouchers/handout/${group.voucherGroupId}`, { amount: '1' })).body.data;
    await first.post('/injectable/import', { tokenName: 'newsletter', content: '[1]' });
    const paths = [
      '/user/938029/product/1337',
      `/user/${newUser.userId}/product/301694`,
      '/user/42/product/1337',
      '/user/100003/subscriptions',
      `/vouchers/group/${group.voucherGroupId}`,
      `/voucher/${Object.values<{ voucherCode: string }>(drawn)[0]?.voucherCode}`,
      '/injectable/names',
    ];
    const read = async (spid: SpidCaller) =>
      Promise.all(paths.map(async (path) => (await spid.get(path)).body.data as unknown));
    const before = await read(first);
    const user = (await first.control('POST', '/__users')).body as { userId: string };
    await first.close();

    const second = await start();
    try {
      expect(await read(second)).toEqual(before);
      const next = (await second.control('POST', '/__users')).body as { userId: string };
      expect(Number(next.userId)).toBe(Number(user.userId) + 1);
      await second.post('/voucher_handout', { userId: '42', voucherGroupId: GROUP });
      expect((await second.get(`/vouchers/group/${GROUP}`)).body.data).toMatchObject({
        generatedVouchers: 1_000,
        availableVouchers: 999,
      });
    } finally {
      await second.close();
    }
  });

  it('is that of a new vendor without a file', async () => {
    for (const _ of [1, 2]) {
      const spid = await SpidCaller.start();
      const { userId } = (await spid.control('POST', '/__users')).body as { userId: string };
      await spid.close();
      expect(userId).toBe('558917');
    }
  });
});

describe('the state of the Import2 simulator', () => {
  const stateFile = () => join(folder, 'import2.json');
  const start = (now = Date.now) => startImport2Simulator({ port: 0, stateFile: stateFile(), now });

  it('is there after a restart, and ids go on', async () => {
    const first = await start();
    expect([await create(first.url), await create(first.url), await create(first.url)]).toEqual([
      700_001, 700_002, 700_003,
    ]);
    await import2('POST', `${first.url}/__migrations/700002/advance`);
    await import2('POST', `${first.url}/__migrations/700003/cancel`);
    await first.close();

    const second = await start();
    const read = async (id: string) => await import2('GET', `${second.url}/api/v2.1/imports/${id}`);
    expect((await read('700002')).body['status']).toBe('Waiting to start sample migration');
    expect((await read('700003')).status).toBe(404);
    expect(await create(second.url)).toBe(700_004);
    await second.close();
  });

  it('goes on where time has passed meanwhile, also when its clock was ahead', async () => {
    let now = Date.UTC(2026, 0, 15);
    const first = await start(() => now);
    await import2('PUT', `${first.url}/__clock`, { advanceMs: 3_600_000 });
    await create(first.url);
    await first.close();
    const second = await start(() => now);
    now += FIRST_WEBHOOK_MS;
    const { body } = await import2('GET', `${second.url}/api/v2.1/imports/700001`);
    await second.close();
    expect(body['status']).toBe('Sample migration in progress');
  });

  it('skips ids after a kill, so that none is issued twice', async () => {
    const killed = await start();
    const last = await create(killed.url);
    // As it was at the start: the kill came before the first save.
    const second = await start();
    const next = await create(second.url);
    expect(next).toBeGreaterThan(last);
    await killed.close();
    await second.close();
    expect(JSON.parse(readFileSync(stateFile(), 'utf8'))).toMatchObject({
      ended: true,
      state: { lastId: next, migrations: [{ id: String(next) }] },
    });
  });

  it('is saved while it runs', async () => {
    const simulator = await start();
    const id = await create(simulator.url);
    for (let kept: unknown; kept !== id; await new Promise((resolve) => setTimeout(resolve, 50))) {
      kept = (JSON.parse(readFileSync(stateFile(), 'utf8')) as { state: { lastId: number } }).state.lastId;
    }
    await simulator.close();
  });

  it.each([
    '',
    '{',
    '{}',
    '{"version":2,"ended":true,"state":{"lastId":1}}',
    '{"version":1,"state":{}}',
    'null',
  ])('is refused when the file holds %j', async (text) => {
    writeFileSync(stateFile(), text);
    const error = await start().catch((each: unknown) => each);
    expect(error).toBeInstanceOf(KeptStateError);
    expect(error).toMatchObject({ path: stateFile(), isDamaged: true });
  });

  it('is not called damaged where it cannot be saved', async () => {
    // In place of the file beside it, as which it is written first.
    mkdirSync(`${stateFile()}.new`);
    const error = await start().catch((each: unknown) => each);
    expect(error).toMatchObject({
      isDamaged: false,
      message: expect.stringMatching(/ cannot be used \(EISDIR: /),
    });
  });
});

describe('the simulators of embedded mode', () => {
  const start = () =>
    startEmbeddedUpstreams(
      readEnvironment({
        DATA_DIR: folder,
        PORT: '0',
        SPID_SIMULATOR_PORT: '0',
        IMPORT2_SIMULATOR_PORT: '0',
      }),
    );
  const urlOf = ({ settings }: Awaited<ReturnType<typeof start>>) =>
    new URL(settings.tenants.get('demo')?.import2?.baseUrl ?? '').origin;

  it('keep their state beside the ledger', async () => {
    for (const id of [700_001, 700_002]) {
      const upstreams = await start();
      expect(await create(urlOf(upstreams))).toBe(id);
      await upstreams.close();
    }
  });

  it('issue no id of before when only the ledger is kept', async () => {
    const first = await start();
    const old = await create(urlOf(first));
    await first.close();
    rmSync(join(folder, 'simulator.import2.json'));
    const second = await start();
    const id = await create(urlOf(second));
    await second.close();
    expect(id).toBeGreaterThan(old + 1_000_000_000);
    expect(Number.isSafeInteger(id)).toBe(true);
  });

  it('do not start from a damaged state, or without a place for it', async () => {
    const path = join(folder, 'simulator.spid.json');
    writeFileSync(path, '{');
    const damaged = await start().catch((each: unknown) => each);
    expect(damaged).toBeInstanceOf(ConfigurationError);
    expect(damaged).toMatchObject({
      source: path,
      issues: [{ path: '(file)', reason: expect.stringContaining('is damaged; delete it') }],
    });
    rmSync(path);
    mkdirSync(path);
    const blocked = await start().catch((each: unknown) => each);
    expect(blocked).toBeInstanceOf(StartRefusedError);
    expect((blocked as Error).message).toBe(
      `the state of a simulator cannot be kept in ${path} (DATA_DIR): a folder is where a file has to be (EISDIR)`,
    );
  });
});
