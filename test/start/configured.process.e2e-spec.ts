import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startSpidSimulator } from '../../src/simulators/spid/spid.simulator.js';
import { Database } from '../../src/store/database/database.js';
import { EmbeddedSource } from '../../src/store/database/database.source.js';
import { newDataDir } from '../support/database/database.template.js';
import { freePort } from '../support/network/free.port.js';
import { GatewayProcess } from '../support/gateway.process.js';
import { RawConnection } from '../support/network/raw.http.js';
import { SettingsFolder, sha256Of } from '../support/settings.folder.js';
import { SimulatorControl } from '../support/vendors/simulator.control.js';

/** Short, in the proportions of production: drain, one whole attempt and 3 s for the last commit fill the grace. */
const TIMES = { drainMs: 3_000, attemptMs: 5_000, totalMs: 5_500 };
const GRACE_MS = TIMES.drainMs + TIMES.attemptMs + 3_000;

/** Loading them takes a start 10 to 100 ms each, and no request needs them. */
const LEFT_OUT = [
  '/dist/cli/',
  '/dist/embedded/',
  '/dist/simulators/',
  '/node_modules/@nestjs/swagger/',
  '/node_modules/ajv/',
  '/node_modules/class-validator/cjs/index.js',
  '/node_modules/es-toolkit/',
  '/node_modules/libphonenumber-js/',
  '/node_modules/undici/index.js',
];

const HANDOUT = JSON.stringify({ userId: '42', voucherGroupId: '324673248' });

const HOOK = new URL('support/loaded.files.hook.mjs', import.meta.url);

const headersOf = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' });

/** One process for all of it, since a start takes seconds of processor time: each test goes on where the one before ended. */
describe('a gateway on a settings file, as a process', () => {
  const folder = new SettingsFolder();
  let dataDir: string;
  let spid: SimulatorControl;
  let gateway: GatewayProcess;
  let url: string;

  beforeAll(async () => {
    dataDir = await newDataDir();
    spid = new SimulatorControl(await startSpidSimulator({ port: 0 }));
    folder.replace('client-secret', 'foobar');
    writeSettings('tg_one');
    gateway = await start();
    await gateway.until(async () => ((await readiness()) === 200 ? true : undefined));
  });

  afterAll(async () => {
    await gateway.kill();
    await spid.close();
    folder.remove();
    await rm(dataDir, { recursive: true, force: true });
  });

  function writeSettings(key: string, attemptMs = TIMES.attemptMs): void {
    folder.settings({
      tenants: [
        {
          name: 'demo',
          spid: {
            baseUrl: spid.url,
            clientId: '4e8463569caf7ca019000007',
            clientSecret: { file: 'client-secret' },
            timeZone: 'Europe/Oslo',
            timeouts: { attemptMs, totalMs: TIMES.totalMs },
          },
        },
      ],
      callers: [
        {
          name: 'shop',
          tenants: ['demo'],
          scopes: ['vouchers:handout', 'vouchers:read', 'operations:read', 'ops:read'],
          keys: [{ sha256: sha256Of(key) }],
        },
      ],
    });
  }

  async function start(graceMs = GRACE_MS): Promise<GatewayProcess> {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    return new GatewayProcess({
      NODE_OPTIONS: `--import ${HOOK.href}?list=${loadedFiles()}`,
      TOLLGATE_CONFIG: folder.file,
      SINGLE_PROCESS: 'true',
      DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      PORT: String(port),
      DRAIN_DELAY_MS: String(TIMES.drainMs),
      SHUTDOWN_GRACE_MS: String(graceMs),
    });
  }

  const loadedFiles = () => join(dataDir, 'loaded-files');

  /** 0 while nothing listens. */
  const readiness = () =>
    fetch(`${url}/health/ready`).then(
      ({ status }) => status,
      () => 0,
    );

  const statusOf = async (path: string, key: string) =>
    (await fetch(url + path, { headers: headersOf(key) })).status;

  it('loads no simulator, command, compiler of schemas or generator of the API document', async () => {
    const loaded = await readFile(loadedFiles(), 'utf8');
    expect(loaded).toContain('/dist/app.module.js');
    expect(LEFT_OUT.filter((part) => loaded.includes(part))).toEqual([]);
  });

  it('reads the settings again on SIGHUP and goes on', async () => {
    writeSettings('tg_two');
    gateway.signal('SIGHUP');
    await gateway.until(async () =>
      (await statusOf('/health/upstreams', 'tg_two')) === 200 ? true : undefined,
    );
    await gateway.until(() => gateway.log.includes('reading the settings again, as requested') || undefined);
    expect(await statusOf('/health/upstreams', 'tg_one')).toBe(401);
  });

  it('refuses a reload with attempts that do not fit into the shutdown', async () => {
    writeSettings('tg_two', TIMES.attemptMs + 1);
    await gateway.until(() => (gateway.log.includes('settings refused') ? true : undefined));
    expect(gateway.log).toContain(
      `tenants[0].spid.timeouts (tenant demo): must fit into the shutdown: attemptMs (${TIMES.attemptMs + 1})`,
    );
  });

  describe('at its end', () => {
    let liveInDrain: number;
    let last: Response;
    let late: string;
    let code: number | null;
    let recorded: object[];

    beforeAll(async () => {
      // From here on there is a token.
      await statusOf('/v1/voucher-groups', 'tg_two');
      const [slow, stuck] = [opened('late'), opened('stuck')];
      await gateway.until(async () => ((await requestsInFlight()) === 3 ? true : undefined));
      // Begins within the drain and is longer: it ends when nothing is accepted any more.
      await spid.fault('voucher_handout', 'latency', 1, TIMES.drainMs + 500);
      gateway.signal('SIGTERM');
      await gateway.until(async () => ((await readiness()) === 503 ? true : undefined));
      const response = handOut('last');
      liveInDrain = await statusOf('/health/live', 'tg_two');
      // The drain is over, so less than a whole attempt is left.
      await gateway.until(async () => ((await readiness()) === 0 ? true : undefined));
      slow.write(HANDOUT);
      late = await slow.closed;
      last = await response;
      code = await gateway.exit();
      stuck.destroy();
      recorded = await operations();
    });

    /** The request for it included. */
    async function requestsInFlight(): Promise<number> {
      const metrics = await fetch(`${url}/metrics`, { headers: headersOf('tg_two') });
      return Number(/^tollgate_http_requests_in_flight (\d+)$/m.exec(await metrics.text())?.[1]);
    }

    const handOut = (idempotencyKey: string) =>
      fetch(`${url}/v1/voucher-handouts`, {
        method: 'POST',
        headers: { ...headersOf('tg_two'), 'idempotency-key': idempotencyKey },
        body: HANDOUT,
      });

    /** A handout without its body. */
    function opened(idempotencyKey: string): RawConnection {
      const connection = new RawConnection(url);
      connection.write(
        `POST /v1/voucher-handouts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer tg_two\r\n` +
          `Content-Type: application/json\r\nIdempotency-Key: ${idempotencyKey}\r\n` +
          `Content-Length: ${HANDOUT.length}\r\n\r\n`,
      );
      return connection;
    }

    /** What the gateway, which has ended, left in its database. */
    async function operations(): Promise<object[]> {
      const database = new Database(new EmbeddedSource(dataDir));
      await database.onModuleInit();
      const rows = await database.run((db) =>
        db
          .selectFrom('operations')
          .select(['idempotency_key', 'state', 'outcome'])
          .orderBy('created_at')
          .execute(),
      );
      await database.onApplicationShutdown();
      return rows;
    }

    it('is not ready first, but live', () => {
      expect(liveInDrain).toBe(200);
    });

    it('finishes and records a write that came last and took its whole attempt', async () => {
      expect([last.status, last.headers.get('connection')]).toEqual([201, 'close']);
      expect(recorded[0]).toEqual({ idempotency_key: 'last', state: 'succeeded', outcome: 'executed' });
      expect(await spid.effects('voucher_handout')).toHaveLength(1);
    });

    it('does not send a write when less than a whole attempt is left', () => {
      expect(late).toMatch(/^HTTP\/1.1 503 /);
      expect(late).toContain('"outcome":"not_executed"');
      expect(recorded.slice(1)).toEqual([
        { idempotency_key: 'late', state: 'released', outcome: 'not_executed' },
      ]);
    });

    it('is not held up by a client that never sends the rest of its request', () => {
      expect(code).toBe(0);
      expect(gateway.log).toMatch(/"signal":"SIGTERM","requestsInFlight":[2-9],.*"msg":"draining"/);
      expect(gateway.log).toMatch(/"requestsCut":1,.*"msg":"stopped"/);
    });

    it('has written its secrets nowhere', () => {
      expect(gateway.log + gateway.errors).not.toMatch(/foobar|tg_one|tg_two/);
    });
  });

  it('does not start with attempts that do not fit into the shutdown', async () => {
    writeSettings('tg_two');
    gateway = await start(GRACE_MS - 1);
    expect(await gateway.exit()).toBe(1);
    expect(gateway.errors).toContain(`set SHUTDOWN_GRACE_MS to at least ${GRACE_MS}`);
  });
});
