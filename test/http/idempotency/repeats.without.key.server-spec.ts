import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startImport2Simulator } from '../../../src/simulators/import2/import2.simulator.js';
import { startSpidSimulator } from '../../../src/simulators/spid/spid.simulator.js';
import { freePort } from '../../support/network/free.port.js';
import { PostgresSchema } from '../../ledger/support/postgres.schema.js';
import { SettingsFolder, sha256Of } from '../../support/settings.folder.js';
import { SimulatorControl } from '../../support/vendors/simulator.control.js';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const NORTH = 'tg_test_north';
const SOUTH = 'tg_test_south';

/** Statuses after which HTTP libraries repeat PUT and DELETE automatically, as after a lost connection. */
const REPEATED = new Set([502, 503, 504]);
const TRIES_MAX = 4;

describe('a client that repeats automatically, at two gateway processes with one database', () => {
  let schema: PostgresSchema;
  let spid: SimulatorControl;
  let import2: SimulatorControl;
  let folder: SettingsFolder;
  const processes: ChildProcess[] = [];
  const urls: string[] = [];
  let log = '';

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    spid = new SimulatorControl(await startSpidSimulator({ port: 0 }));
    import2 = new SimulatorControl(await startImport2Simulator({ port: 0 }));
    folder = new SettingsFolder();
    folder.replace('client-secret', 'foobar');
    folder.settings(settings());
    await Promise.all([start(), start()]);
  });

  afterAll(async () => {
    for (const child of processes) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    await Promise.all([spid.close(), import2.close()]);
    folder.remove();
    await schema.drop();
  });

  /** Two tenants that share one vendor account. */
  function settings(): object {
    const account = {
      baseUrl: spid.url,
      clientId: '4e8463569caf7ca019000007',
      clientSecret: { file: 'client-secret' },
      timeZone: 'Europe/Oslo',
      timeouts: { attemptMs: 1_000, totalMs: 2_000 },
    };
    const caller = (name: string, key: string) => ({
      name,
      tenants: [name],
      scopes: ['entitlements:read', 'entitlements:write', 'operations:read', 'operations:resolve'],
      keys: [{ sha256: sha256Of(key) }],
    });
    return {
      tenants: ['north', 'south'].map((name) => ({ name, spid: account })),
      callers: [caller('north', NORTH), caller('south', SOUTH)],
    };
  }

  async function start(): Promise<void> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = spawn(process.execPath, [MAIN], {
      env: {
        PATH: process.env['PATH'],
        TOLLGATE_CONFIG: folder.file,
        DATABASE_URL: schema.url().reveal(),
        HOST: '127.0.0.1',
        PORT: String(port),
      },
    });
    processes.push(child);
    child.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const isReady = () =>
      fetch(`${url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    // The time of the hook is the limit: on a busy machine a process takes long to start.
    while (!(await isReady())) {
      if (child.exitCode !== null) throw new Error(`ended: ${log}`);
      await pause(20);
    }
    urls.push(url);
  }

  async function once(gateway: number, path: string, key: string, signal?: AbortSignal) {
    const response = await fetch(`${urls[gateway % 2]}${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${key}` },
      ...(signal ? { signal } : {}),
    });
    return {
      status: response.status,
      body: (await response.json()) as { outcome?: string; operation?: string },
    };
  }

  /** Repeats as urllib3 and others do: after a lost connection or one of these statuses, at the next gateway. */
  async function repeating(path: string, key: string, giveUpMs?: number): Promise<number[]> {
    const statuses: number[] = [];
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const signal = tries === 0 && giveUpMs !== undefined ? AbortSignal.timeout(giveUpMs) : undefined;
      const status = await once(tries, path, key, signal).then(
        (response) => response.status,
        () => 0,
      );
      statuses.push(status);
      if (status !== 0 && !REPEATED.has(status)) break;
    }
    return statuses;
  }

  const grantsOf = async (productId: string) =>
    (await spid.effects('product_grant')).filter((effect) => effect['productId'] === productId);

  it.each([
    ['10111', 'reset-after'],
    ['10117', 'garbled'],
    ['1337', 'truncated'],
  ])('grants %s once after %s', async (product, fault) => {
    await spid.fault('product_grant', fault);
    const statuses = await repeating(`/v1/users/938029/entitlements/${product}`, NORTH);
    expect(statuses[0]).toBe(504);
    expect(await grantsOf(product)).toHaveLength(1);
  });

  it('grants once if the client timed out while the first call was running', async () => {
    await spid.fault('product_grant', 'hang-after');
    const statuses = await repeating('/v1/users/42/entitlements/10111', NORTH, 500);
    expect(statuses.slice(0, 2)).toEqual([0, 409]);
    expect((await grantsOf('10111')).filter((effect) => effect['userId'] === '42')).toHaveLength(1);
  });

  it('grants once for concurrent requests of two tenants of one account at both gateways', async () => {
    const path = '/v1/users/42/entitlements/10117';
    const responses = await Promise.all(
      [NORTH, SOUTH, NORTH, SOUTH].map((key, index) => once(index < 2 ? 0 : 1, path, key)),
    );
    for (const { status, body } of responses.filter((each) => each.status !== 200)) {
      expect(status).toBe(409);
      expect(['not_executed', 'unknown']).toContain(body.outcome);
    }
    expect(responses.some(({ status }) => status === 200)).toBe(true);
    expect((await grantsOf('10117')).filter((effect) => effect['userId'] === '42')).toHaveLength(1);
  });

  it('returns 200 already_so once the outcome is known, and has granted once', async () => {
    const path = '/v1/users/100003/entitlements/1337';
    await spid.fault('product_grant', 'reset-after');
    const { body } = await once(0, path, SOUTH);
    const resolution = { decision: 'executed', reason: 'seen in the console' };
    const response = await fetch(`${urls[1]}${body.operation}/resolution`, {
      method: 'POST',
      headers: { authorization: `Bearer ${SOUTH}`, 'content-type': 'application/json' },
      body: JSON.stringify(resolution),
    });
    // A background probe may have been faster.
    expect([200, 409]).toContain(response.status);
    expect((await once(1, path, SOUTH)).status).toBe(200);
    expect((await grantsOf('1337')).filter((effect) => effect['userId'] === '100003')).toHaveLength(1);
  });

  it('warns at its start that the tenants share an account', () => {
    expect(log).toMatch(/north, south share one account at SPiD/);
  });
});
