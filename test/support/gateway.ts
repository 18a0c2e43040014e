import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DestinationStream } from 'pino';
import { createGateway } from '../../src/app.setup.js';
import { embeddedLedgerKeys } from '../../src/embedded/embedded.keys.js';
import { DEMO_KEYS, embeddedSettings } from '../../src/embedded/embedded.settings.js';
import { DEMO_EXAMPLES, makeExample } from '../../src/embedded/embedded.upstreams.js';
import { readEnvironment } from '../../src/config/environment/environment.js';
import type { Settings } from '../../src/config/settings/settings.js';
import { Readiness } from '../../src/http/health/readiness.js';
import { ProbeTimes } from '../../src/reconciliation/probe.times.js';
import type { ServerTimeouts } from '../../src/http/server/fastify.server.js';
import { startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import { startSpidSimulator } from '../../src/simulators/spid/spid.simulator.js';
import { createLogger, GatewayLogger } from '../../src/telemetry/logger.js';
import { UpstreamBudgets } from '../../src/upstreams/budget/upstream.budgets.js';
import { ReusedDatabase } from './database/reused.database.js';
import { SimulatorControl } from './vendors/simulator.control.js';

export const FULL_ACCESS_KEY = 'tg_demo_full_access';
export const READ_ONLY_KEY = 'tg_demo_read_only';

const NO_EVIDENCE = new ProbeTimes({ firstProbeAfterSeconds: 3_600 });

/** The event loop is the test's as well, and the machine's time is shared with other tests. */
const NO_SHEDDING = { SHED_EVENT_LOOP_DELAY_MS: '0' };

/** Any call of a test that passes has ended by then. */
const CUT_MS = 10_000;

export interface GatewayOptions {
  /** Changes the demo settings before the start. */
  readonly settings?: (demo: Settings) => Settings;
  /** Further environment variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** Without it, unknown operations are not probed within a test. */
  readonly probeTimes?: ProbeTimes;
  /** Receives the log lines; without it nothing is logged. */
  readonly log?: DestinationStream;
  /** Embedded mode: keys at /docs, and its examples. */
  readonly demo?: boolean;
  /** How slow a client may be, instead of what production allows. */
  readonly timeouts?: ServerTimeouts;
}

export interface CallOptions {
  readonly key?: string | null;
  readonly idempotencyKey?: string;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown;
}

/** A response, read: `body` is the parsed JSON, or undefined when there is none. */
export interface CallResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests read responses of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

interface TestGatewayParts {
  readonly app: NestFastifyApplication;
  readonly spid: SimulatorControl;
  readonly import2: SimulatorControl;
  readonly dataDir: string;
}

/** A real gateway with real simulators, each on a port of its own, for one test file. */
export class TestGateway {
  #parts: TestGatewayParts | undefined;

  constructor(
    readonly url: string,
    parts: TestGatewayParts,
  ) {
    this.#parts = parts;
  }

  get app(): NestFastifyApplication {
    return this.#running.app;
  }

  get spid(): SimulatorControl {
    return this.#running.spid;
  }

  get import2(): SimulatorControl {
    return this.#running.import2;
  }

  get #running(): TestGatewayParts {
    if (!this.#parts) throw new Error('the gateway is closed');
    return this.#parts;
  }

  /** One call over real HTTP; the key is by default the full demo key (`null`: none). */
  async call(method: string, path: string, options: CallOptions = {}): Promise<CallResponse> {
    const { key = FULL_ACCESS_KEY, idempotencyKey, headers = {}, body } = options;
    const response = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }

  /**
   * Ends as production does, without its delay: a connection ends with the response that is under way. What is open after
   * `cutMs` is cut, so that a test that has failed ends soon. A second time it does nothing. Modules of test files, and so
   * what they refer to, stay in memory: 4 MB for each gateway.
   */
  async close(cutMs = CUT_MS): Promise<void> {
    const parts = this.#parts;
    if (!parts) return;
    parts.app.get(Readiness).drain();
    const server: Server = parts.app.getHttpServer();
    const cut = setTimeout(() => server.closeAllConnections(), cutMs);
    await parts.app.close().finally(() => clearTimeout(cut));
    await Promise.all([parts.spid.close(), parts.import2.close()]);
    await rm(parts.dataDir, { recursive: true, force: true });
    this.#parts = undefined;
  }
}

export async function startGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  const examples = options.demo ? DEMO_EXAMPLES : {};
  const [spid, import2] = await Promise.all([
    startSpidSimulator({ port: 0, ...examples }),
    // A probe that meets the vendor's limit finds nothing; what follows 429 is tested by faults.
    startImport2Simulator({ port: 0, requestsPerSecond: Infinity, ...examples }),
  ]);
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-'));
  const environment = readEnvironment({ PORT: '0', DATA_DIR: dataDir, ...NO_SHEDDING, ...options.env });
  const demo = withoutRate(
    embeddedSettings({ spidUrl: spid.url, import2Url: import2.url }, embeddedLedgerKeys(dataDir)),
  );
  const logger = new GatewayLogger(createLogger(options.log ? 'info' : 'silent', options.log));
  try {
    const settings = options.settings?.(demo) ?? demo;
    const { probeTimes = NO_EVIDENCE } = options;
    const database = environment.databaseUrl ? {} : { database: new ReusedDatabase() };
    const parts = { environment, settings, logger, probeTimes, ...database };
    const demoKeys = options.demo ? { demoKeys: DEMO_KEYS } : {};
    const app = await createGateway({ ...parts, ...demoKeys }, options.timeouts);
    await app.listen(0, '127.0.0.1');
    const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
    if (options.demo) await makeExample(url);
    const calm = () => forgetTrouble(app.get(UpstreamBudgets));
    const controls = { spid: new SimulatorControl(spid, calm), import2: new SimulatorControl(import2, calm) };
    return new TestGateway(url, { app, dataDir, ...controls });
  } catch (error) {
    // A server left open would keep the test run from ending.
    await Promise.all([spid.close(), import2.close()]);
    throw error;
  }
}

/**
 * Budgets as they were before any call. Each test begins with vendors that have worked so far: the faults of the tests before it
 * would otherwise have stopped calls of the account.
 */
function forgetTrouble(budgets: UpstreamBudgets): void {
  for (const { account } of budgets.snapshots()) budgets['parts'].local.forget(account);
}

/** As the simulator of Import2 has none here: tests of the budget set their own. */
function withoutRate(demo: Settings): Settings {
  const budget = { requests: 1_000, perSeconds: 1 };
  const tenants = [...demo.tenants].map(([name, { import2, ...tenant }]) => {
    return [name, { ...tenant, ...(import2 && { import2: { ...import2, budget } }) }] as const;
  });
  return { ...demo, tenants: new Map(tenants) };
}
