import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANY_PORTS, GatewayProcess } from '../support/gateway.process.js';
import { inOwnPidNamespace } from '../support/namespaces.js';
import { until } from '../support/until.js';
import { Contender } from '../store/support/contender.js';

const KEY = { authorization: 'Bearer tg_demo_full_access' };

/** At SIGUSR2 the event loop of the process is blocked again and again, until the next one. */
const BLOCKED_LOOP = new URL('../support/blocked.loop.hook.mjs', import.meta.url).href;

const REFUSAL =
  /^Tollgate does not start: the folder \S+ \(DATA_DIR\) is in use by process \d+ on host \S+, since \S+: stop .*\n$/;

/** Two starts for all of it, since each takes seconds of processor time: a test goes on where the one before ended. */
describe('embedded gateways on a data folder, as processes', () => {
  const root = mkdtempSync(join(tmpdir(), 'tollgate-'));
  /** New, and its path is longer than that of any socket. */
  const dataDir = join(root, 'long'.repeat(50), 'longer'.repeat(25));
  const gateways: GatewayProcess[] = [];
  let first: GatewayProcess;
  let second: GatewayProcess;

  afterAll(async () => {
    await Promise.all(gateways.map((each) => each.kill()));
    rmSync(root, { recursive: true, force: true });
  });

  function start(prefix: readonly string[] = [], env: NodeJS.ProcessEnv = {}): GatewayProcess {
    const gateway = new GatewayProcess({ ...ANY_PORTS, DATA_DIR: dataDir, ...env }, prefix);
    gateways.push(gateway);
    return gateway;
  }

  /** The same request every time. */
  async function handOut(gateway: GatewayProcess): Promise<Response> {
    return fetch(`${await gateway.url()}/v1/voucher-handouts`, {
      method: 'POST',
      headers: { ...KEY, 'content-type': 'application/json', 'idempotency-key': 'once' },
      body: JSON.stringify({ userId: '42', voucherGroupId: '324673248' }),
    });
  }

  it('let one of several win that start at once on a new folder', async () => {
    const all = [start(), start(), start()];
    first = await Promise.any(all.map((each) => each.url().then(() => each)));
    for (const loser of all.filter((each) => each !== first)) {
      expect(await loser.exit()).toBe(1);
      expect(loser.errors).toContain('is in use by');
    }
    expect((await fetch(`${await first.url()}/health/ready`)).status).toBe(200);
  });

  it('refuse another one in a PID namespace of its own, in one line, while the first goes on', async () => {
    const other = start(inOwnPidNamespace());
    expect(await other.exit()).toBe(1);
    expect(other.errors).toMatch(REFUSAL);
    expect(other.errors).toContain(dataDir);
    expect((await handOut(first)).status).toBe(201);
  });

  it('start at once after a kill -9, with what was recorded', async () => {
    await first.kill();
    second = start([], { NODE_OPTIONS: `--import ${BLOCKED_LOOP}` });
    const repeated = await handOut(second);
    expect([repeated.status, repeated.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  });

  it('leave a copy of the folder free', async () => {
    const copy = join(root, 'copy');
    execFileSync('cp', ['-a', dataDir, copy]);
    const contender = await Contender.start();
    expect(await contender.take(copy)).toEqual({ taken: true, message: '' });
    await contender.kill();
  });

  it('refuse with 503 while the event loop is blocked, respond to health checks, and serve again afterwards', async () => {
    const url = await second.url();
    const get = async (path: string) => (await fetch(url + path, { headers: KEY })).status;
    const check = () => get('/v1/users/42/entitlements/1337');
    await until('it serves', async () => (await check()) === 200);
    second.signal('SIGUSR2');
    await until('it refuses', async () => (await check()) === 503);
    expect(await Promise.all([get('/health/live'), get('/health/ready')])).toEqual([200, 200]);
    second.signal('SIGUSR2');
    await until('it serves again', async () => (await check()) === 200);
  });

  it('end with 0 on SIGTERM; the log is JSON, begins with what runs and ends with counts', async () => {
    second.signal('SIGTERM');
    expect(await second.exit()).toBe(0);
    const lines = second.log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const requests = lines.filter(({ msg }) => msg === 'request').length;
    expect(requests).toBeGreaterThan(0);
    const facts = {
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.version,
      mode: 'embedded',
      address: await second.url(),
      tenants: 1,
      callers: 2,
      issuers: 0,
      database: `embedded in ${dataDir}`,
      databaseStatus: 'ready',
      redis: 'none, this process counts by itself',
    };
    expect(lines.filter(({ context }) => context === 'Process')).toMatchObject([
      { level: 'info', msg: 'Tollgate is started', ...facts },
      // A client can have its response before its request is counted as over.
      {
        msg: 'draining',
        signal: 'SIGTERM',
        requestsInFlight: expect.any(Number),
        drainDelayMs: 0,
        shutdownGraceMs: 28_000,
      },
      { msg: 'stopped', seconds: expect.any(Number), requests, requestsCut: 0, endsNotRecorded: 0 },
    ]);
    expect(second.errors).toMatch(/\nStopping: \d request\(s\) in flight .*\nStopped\.\n$/);
  });
});
