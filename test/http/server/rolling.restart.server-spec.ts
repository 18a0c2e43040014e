import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { startSpidSimulator } from '../../../src/simulators/spid/spid.simulator.js';
import { PostgresSchema } from '../../ledger/support/postgres.schema.js';
import { freePort } from '../../support/network/free.port.js';
import { GatewayProcess } from '../../support/gateway.process.js';
import { SettingsFolder, sha256Of } from '../../support/settings.folder.js';
import { SimulatorControl } from '../../support/vendors/simulator.control.js';
import { TcpBalancer } from '../../support/network/tcp.balancer.js';
import { until } from '../../support/until.js';

const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const KEY = 'tg_rolling';

/** Requests a second, as long as so many at most have no response: a slower machine sends fewer. */
const RATE = 300;
const WAITING_MAX = 200;
/** One request in so many is a handout; there are 1,000 vouchers. */
const WRITE_EVERY = 10;
const HANDOUTS_MAX = 900;
const CONNECTIONS = 32;
/** Longer than several probes of the balancer. */
const DRAIN_MS = 1_500;
/** Still in progress when the drain is over. */
const SLOW_READS = 8;

/** Sends requests at a steady rate over kept connections until it is stopped, and keeps every failure of any kind. */
class SteadyLoad {
  readonly failures: string[] = [];
  readonly #pool: Pool;
  readonly #waiting = new Set<Promise<void>>();
  readonly #loop: Promise<void>;
  #isOver = false;
  succeeded = 0;
  handouts = 0;

  constructor(url: string) {
    this.#pool = new Pool(url, { connections: CONNECTIONS });
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#loop;
    await Promise.all(this.#waiting);
    await this.#pool.close();
  }

  async #run(): Promise<void> {
    const startedMs = performance.now();
    for (let at = 0; !this.#isOver; at += 1) {
      await sleep(Math.max(0, startedMs + (at * 1_000) / RATE - performance.now()));
      if (this.#waiting.size >= WAITING_MAX) await Promise.race(this.#waiting);
      const request = this.#send(at).finally(() => this.#waiting.delete(request));
      this.#waiting.add(request);
    }
  }

  async #send(at: number): Promise<void> {
    const isWrite = at % WRITE_EVERY === 0 && this.handouts < HANDOUTS_MAX;
    if (isWrite) this.handouts += 1;
    const headers = { authorization: `Bearer ${KEY}` };
    const expected = isWrite ? 201 : 200;
    try {
      const { statusCode, body } = await this.#pool.request(
        isWrite
          ? {
              method: 'POST',
              path: '/v1/voucher-handouts',
              headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
              body: JSON.stringify({ userId: '42', voucherGroupId: '324673248' }),
            }
          : { method: 'GET', path: '/v1/users/42/entitlements/1337', headers },
      );
      const text = await body.text();
      if (statusCode === expected) this.succeeded += 1;
      else this.failures.push(`${statusCode} ${text}`);
    } catch (error) {
      this.failures.push(String(error));
    }
  }
}

describe('a rolling restart of two gateways', () => {
  let schema: PostgresSchema;
  let spid: SimulatorControl;
  let balancer: TcpBalancer;
  const folder = new SettingsFolder();
  const gateways: GatewayProcess[] = [];
  let ports: number[];

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    spid = new SimulatorControl(await startSpidSimulator({ port: 0 }));
    folder.replace('client-secret', 'foobar');
    folder.settings(settings());
    ports = [await freePort(), await freePort()];
    balancer = await TcpBalancer.start(ports);
    await Promise.all([start(0), start(1)]);
  });

  afterAll(async () => {
    balancer.close();
    await Promise.all(gateways.map((gateway) => gateway.kill()));
    await spid.close();
    folder.remove();
    await schema.drop();
  });

  function settings(): object {
    const account = {
      baseUrl: spid.url,
      clientId: '4e8463569caf7ca019000007',
      clientSecret: { file: 'client-secret' },
      timeZone: 'Europe/Oslo',
    };
    const shop = {
      name: 'shop',
      tenants: ['demo'],
      scopes: ['entitlements:read', 'vouchers:handout'],
      keys: [{ sha256: sha256Of(KEY) }],
      limit: { requests: 100_000, perSeconds: 1 },
    };
    return { tenants: [{ name: 'demo', spid: account }], callers: [shop] };
  }

  async function start(at: number): Promise<void> {
    const gateway = new GatewayProcess({
      TOLLGATE_CONFIG: folder.file,
      DATABASE_URL: schema.url().reveal(),
      REDIS_URL,
      HOST: '127.0.0.1',
      PORT: String(ports[at]),
      DRAIN_DELAY_MS: String(DRAIN_MS),
      // The machine is shared with other tests; overload has tests of its own.
      SHED_EVENT_LOOP_DELAY_MS: '0',
    });
    gateways[at] = gateway;
    await gateway.until(() => (balancer.ready.includes(ports[at]!) ? true : undefined));
  }

  it('fails no request of clients that keep their connections', async () => {
    const load = new SteadyLoad(balancer.url);
    await until('the load is under way', () => load.succeeded > RATE);
    for (const [at, gateway] of gateways.slice().entries()) {
      await spid.fault('product_get', 'latency', SLOW_READS, 2 * DRAIN_MS);
      gateway.signal('SIGTERM');
      expect(await gateway.exit()).toBe(0);
      await start(at);
    }
    const before = load.succeeded;
    await until('both serve', () => load.succeeded > before + RATE);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(balancer.refused).toBe(0);
    expect(load.handouts).toBeGreaterThan(RATE / WRITE_EVERY);
    expect(await spid.effects('voucher_handout')).toHaveLength(load.handouts);
  });
});
