import {
  createSimulatorServer,
  listen,
  EffectLog,
  keepState,
  type RunningSimulator,
  type SimulatorOptions,
} from '../simulator.js';
import { readKeptState } from '../kept.state.js';
import { SimulatorClock } from '../simulator.clock.js';
import { Faults } from '../simulator.faults.js';
import {
  IMPORT2_OPERATIONS,
  notFound,
  fallbackRoutes,
  vendorApi,
  type VendorApiOptions,
} from './import2.api.js';
import { sandboxBackend, statefulBackend } from './import2.backends.js';
import { AcceptedTokens, controls, type Import2Quirks } from './import2.controls.js';
import { REQUESTS_PER_SECOND, RequestLimit } from './import2.limit.js';
import { type KeptMigrations, Migrations } from './import2.migrations.js';
import { Webhooks, type WebhookTarget } from './import2.webhooks.js';

export interface Import2SimulatorOptions extends SimulatorOptions {
  /** The partner's API token, the user name of HTTP Basic. */
  readonly apiToken?: string;
  /** Time in each status. `Infinity` leaves all steps to the control. */
  readonly stepMs?: number;
  readonly webhook?: WebhookTarget;
  /** Over all endpoints, except the sandbox; further ones are refused with 429. Default: 10. */
  readonly requestsPerSecond?: number;
  /** A completed migration that is there from the start. */
  readonly exampleMigration?: { readonly id: string; readonly destinationUsername: string };
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const API_TOKEN = 'aafbdfde226327dafc73';

/** Slow enough to observe by hand, fast enough to end in half a minute. */
const STEP_MS = 5_000;

/** From the creation of a migration to its first webhook: at the second step. */
export const FIRST_WEBHOOK_MS = 2 * STEP_MS;

/** Maximum delay of a webhook when the migration is not read. */
const TICK_MS = 250;

/** Import2's API v2.1, v2 and sandbox (docs/vendors/import2.md). */
export async function startImport2Simulator(options: Import2SimulatorOptions): Promise<RunningSimulator> {
  const { apiToken = API_TOKEN, stepMs = STEP_MS, now: machineTime = Date.now } = options;
  const clock = new SimulatorClock(machineTime);
  const now = clock.nowMs;
  const accepted = new AcceptedTokens(new Set([apiToken]));
  const isAccepted = (token: string) => accepted.values.has(token);
  const quirks: Import2Quirks = { statusGeneration: 'v2.1', countsBeforeRead: 'zero' };
  const webhooks = new Webhooks(now, options.webhook);
  const migrations = new Migrations({
    stepMs,
    now,
    announce: (migration, code) => webhooks.announce(migration, code, quirks.statusGeneration),
  });
  fill(migrations, options);
  const effects = new EffectLog(clock.now);
  const faults = new Faults(IMPORT2_OPERATIONS, clock);
  // On the base time: the rate limit ignores the moved clock.
  const limit = new RequestLimit(machineTime, options.requestsPerSecond ?? REQUESTS_PER_SECOND);
  const current = statefulBackend(migrations, effects, () => quirks);
  const old = statefulBackend(migrations, effects, () => ({ ...quirks, statusGeneration: 'v2' }));

  const server = createSimulatorServer({ faults, effects, clock }, { unknown: () => notFound });
  keepState(server, effects, options.stateFile, () => migrations.kept);
  const mount = (prefix: string, api: Pick<VendorApiOptions, 'backend' | 'limit' | 'payments'>) =>
    server.register(vendorApi({ ...api, faults, isAccepted }), { prefix });
  mount('/api/v2.1', { backend: current, limit, payments: true });
  mount('/api/v2', { backend: old, limit, payments: false });
  mount('/api/sandbox', { backend: sandboxBackend, payments: true });
  server.register(fallbackRoutes);
  server.register(controls({ migrations, webhooks, quirks, accepted }));

  const tick = setInterval(() => migrations.catchUp(), TICK_MS).unref();
  server.addHook('onClose', async () => {
    clearInterval(tick);
    await webhooks.close();
  });
  return listen(server, options);
}

/** With what an earlier process kept, or with the example. */
function fill(migrations: Migrations, options: Import2SimulatorOptions): void {
  const { stateFile, idsAfter, exampleMigration: example } = options;
  const kept = stateFile === undefined ? undefined : readKeptState(stateFile);
  if (kept) return migrations.restore(kept as KeptMigrations);
  if (example) migrations.addExample(example.id, example.destinationUsername);
  if (idsAfter !== undefined) migrations.startIdsAfter(idsAfter);
}
