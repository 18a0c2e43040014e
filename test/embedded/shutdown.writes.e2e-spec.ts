import { rm } from 'node:fs/promises';
import { startSpidSimulator } from '../../src/simulators/spid/spid.simulator.js';
import { Database } from '../../src/store/database/database.js';
import { EmbeddedSource } from '../../src/store/database/database.source.js';
import { freePort } from '../support/network/free.port.js';
import { newDataDir } from '../support/database/database.template.js';
import { GatewayProcess } from '../support/gateway.process.js';
import { RawConnection } from '../support/network/raw.http.js';
import { SettingsFolder, sha256Of } from '../support/settings.folder.js';
import { SimulatorControl } from '../support/simulator.control.js';

/** Short, in the proportions of production: drain, one whole attempt and 3 s for the last commit fill the grace. */
const TIMES = { drainMs: 1_000, attemptMs: 4_000, totalMs: 4_500 };
const GRACE_MS = TIMES.drainMs + TIMES.attemptMs + 3_000;

const HEADERS = { authorization: 'Bearer tg_key', 'content-type': 'application/json' };
const HANDOUT = JSON.stringify({ userId: '42', voucherGroupId: '324673248' });

describe('a write at the end of its gateway', () => {
  let folder: SettingsFolder;
  let dataDir: string;
  let spid: SimulatorControl;
  let gateway: GatewayProcess;
  let url: string;

  beforeEach(async () => {
    folder = new SettingsFolder();
    dataDir = await newDataDir();
    spid = new SimulatorControl(await startSpidSimulator({ port: 0 }));
  });

  afterEach(async () => {
    await gateway.kill();
    await spid.close();
    folder.remove();
    await rm(dataDir, { recursive: true, force: true });
  });

  function writeSettings(timeouts: object): void {
    folder.replace('client-secret', 'foobar');
    folder.settings({
      tenants: [
        {
          name: 'demo',
          spid: {
            baseUrl: spid.url,
            clientId: '4e8463569caf7ca019000007',
            clientSecret: { file: 'client-secret' },
            timeZone: 'Europe/Oslo',
            timeouts,
          },
        },
      ],
      callers: [
        {
          name: 'shop',
          tenants: ['demo'],
          scopes: ['vouchers:handout', 'vouchers:read', 'operations:read'],
          keys: [{ sha256: sha256Of('tg_key') }],
        },
      ],
    });
  }

  async function start(env: NodeJS.ProcessEnv = {}): Promise<void> {
    writeSettings({ attemptMs: TIMES.attemptMs, totalMs: TIMES.totalMs });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    gateway = new GatewayProcess({
      TOLLGATE_CONFIG: folder.file,
      SINGLE_PROCESS: 'true',
      DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      PORT: String(port),
      DRAIN_DELAY_MS: String(TIMES.drainMs),
      SHUTDOWN_GRACE_MS: String(GRACE_MS),
      ...env,
    });
    await gateway.until(async () => ((await readiness()) === 200 ? true : undefined));
    // From here on there is a token.
    expect((await fetch(`${url}/v1/voucher-groups`, { headers: HEADERS })).status).toBe(200);
  }

  /** 0 while nothing listens. */
  const readiness = () =>
    fetch(`${url}/health/ready`).then(
      ({ status }) => status,
      () => 0,
    );

  const listOperations = () => fetch(`${url}/v1/operations`, { headers: HEADERS });

  /** What the gateway, which has ended, left in its database. */
  async function recorded(): Promise<object[]> {
    const database = new Database(new EmbeddedSource(dataDir));
    await database.onModuleInit();
    const rows = await database.run((db) =>
      db.selectFrom('operations').select(['state', 'outcome']).execute(),
    );
    await database.onApplicationShutdown();
    return rows;
  }

  it('is answered and recorded, though it came last and took its whole attempt', async () => {
    await start();
    // Longer than the drain: it ends when nothing is accepted any more.
    await spid.fault('voucher_handout', 'latency', 1, TIMES.drainMs + 1_500);
    gateway.signal('SIGTERM');
    await gateway.until(async () => ((await readiness()) === 503 ? true : undefined));
    const answer = await fetch(`${url}/v1/voucher-handouts`, {
      method: 'POST',
      headers: { ...HEADERS, 'idempotency-key': 'last' },
      body: HANDOUT,
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('connection')).toBe('close');
    expect(await readiness()).toBe(0);
    expect(await gateway.exit()).toBe(0);
    expect(await recorded()).toEqual([{ state: 'succeeded', outcome: 'executed' }]);
    expect(await spid.effects('voucher_handout')).toHaveLength(1);
  });

  it('is not sent when less than a whole attempt is left', async () => {
    await start({ DRAIN_DELAY_MS: '0', SHUTDOWN_GRACE_MS: String(TIMES.totalMs + 3_000) });
    const connection = new RawConnection(url);
    connection.write(
      `POST /v1/voucher-handouts HTTP/1.1\r\nHost: x\r\nAuthorization: ${HEADERS.authorization}\r\n` +
        `Content-Type: application/json\r\nIdempotency-Key: late\r\nContent-Length: ${HANDOUT.length}\r\n\r\n`,
    );
    // The server has the headers of the first once it has answered a later one.
    await listOperations();
    gateway.signal('SIGTERM');
    const signalled = performance.now();
    const tooLateMs = TIMES.totalMs - TIMES.attemptMs + 100;
    await gateway.until(() => (performance.now() - signalled > tooLateMs ? true : undefined));
    connection.write(HANDOUT);
    const answer = await connection.closed;
    expect(answer).toMatch(/^HTTP\/1.1 503 /);
    expect(answer).toContain('"outcome":"not_executed"');
    expect(await gateway.exit()).toBe(0);
    expect(await spid.effects('voucher_handout')).toEqual([]);
    expect(await recorded()).toEqual([{ state: 'released', outcome: 'not_executed' }]);
  });

  it('is not held up by a client that never sends the rest of its request', async () => {
    await start({ DRAIN_DELAY_MS: '0', SHUTDOWN_GRACE_MS: String(TIMES.totalMs + 3_000) });
    const connection = new RawConnection(url);
    connection.write(
      'POST /v1/voucher-handouts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n',
    );
    await listOperations();
    gateway.signal('SIGTERM');
    expect(await gateway.exit()).toBe(0);
    expect(gateway.log).toMatch(/"signal":"SIGTERM","requestsInFlight":1,.*"msg":"draining"/);
    expect(gateway.log).toMatch(/"requestsCut":1,.*"msg":"stopped"/);
  });

  it('has its time checked against that of the shutdown, at the start and at a reload', async () => {
    await start();
    writeSettings({ attemptMs: TIMES.attemptMs + 1, totalMs: TIMES.totalMs });
    await gateway.until(() => (gateway.log.includes('settings refused') ? true : undefined));
    expect(gateway.log).toContain(
      `tenants[0].spid.timeouts (tenant demo): must fit into the shutdown: attemptMs (${TIMES.attemptMs + 1})`,
    );
    gateway.signal('SIGTERM');
    expect(await gateway.exit()).toBe(0);
    await expect(start({ SHUTDOWN_GRACE_MS: String(GRACE_MS - 1) })).rejects.toThrow(
      `set SHUTDOWN_GRACE_MS to at least ${GRACE_MS}`,
    );
  });
});
