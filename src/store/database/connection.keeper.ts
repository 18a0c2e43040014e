import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, SchemaTooNewError } from './database.errors.js';
import { type DatabaseFailure, failureOf } from './database.failure.js';
import { DatabaseLog } from './database.log.js';
import { probeWrites, responds, within } from './database.probe.js';
import type { Connections, DatabaseSource } from './database.source.js';
import type { DatabaseState, DatabaseStatus, DatabaseTrouble } from './database.status.js';
import type { Renewal } from './sql.states.js';

/** First and longest pause between two tries to connect; short enough to be back soon after the database is. */
const RETRY_DELAY_MS = { min: 250, max: 3_000 } as const;

/** Shortest time between two renewals: an overload must not renew the connections again and again. */
const RENEWAL_GAP_MS: Readonly<Record<Exclude<Renewal, 'never'>, number>> = {
  at_once: 1_000,
  in_doubt: 5_000,
};

/** Pause between probes: how soon the loss of an idle database, or of its writes, is noticed. */
const WATCH_INTERVAL_MS = 1_000;

/** A probe takes a millisecond; after so long the connection is in doubt. */
const PROBE_TIMEOUT_MS = 2_000;

/** The probe does not meet a full disk: what only some writes meet is reported for so long after it was seen. */
const PARTIAL: ReadonlySet<DatabaseTrouble> = new Set(['out_of_resources', 'server_error'] as const);
const REPORTED_FOR_MS = 10_000;

/** Time limit for work that still waits for one of the old connections. */
const RETIRE_AFTER_MS = 2_000;

type Health = Pick<DatabaseState, 'status' | 'trouble' | 'reason' | 'takesWrites'>;

const READY: Health = { status: 'ready', trouble: null, reason: null, takesWrites: true };

/**
 * Keeps usable connections to the database: those that broke, or that reach a server which takes no writes, are replaced
 * in the background; until there are better ones, the old ones stay in use.
 */
export class ConnectionKeeper {
  readonly #log: DatabaseLog;
  readonly #closing = new AbortController();
  readonly #retired = new Map<Connections, NodeJS.Timeout>();
  #current: Connections | undefined;
  #state: DatabaseState = {
    status: 'starting',
    since: new Date(),
    trouble: 'starting',
    reason: 'not connected yet',
    takesWrites: false,
  };
  #renewing: Promise<void> | undefined;
  #watching: Promise<void> | undefined;
  #renewedAtMs = -Infinity;
  #reported: { readonly health: Health; readonly untilMs: number } | undefined;

  constructor(
    private readonly source: DatabaseSource,
    reminderMs?: number,
  ) {
    this.#log = new DatabaseLog(source.address, RETRY_DELAY_MS.max, reminderMs);
  }

  get state(): DatabaseState {
    return this.#state;
  }

  /** Whether a connection was made since the start. */
  get hasConnected(): boolean {
    return this.#current !== undefined;
  }

  /** undefined while none is usable. */
  get current(): Connections | undefined {
    return this.#state.status === 'ready' || this.#state.status === 'degraded' ? this.#current : undefined;
  }

  /** One try, then in the background. @throws what stops the start: a newer schema, a wrong password, a folder in use */
  async start(stops: (error: unknown) => boolean): Promise<void> {
    try {
      await this.#log.duringFirst(this.#connect());
    } catch (error) {
      if (stops(error)) throw error;
      this.#set(healthWithout(error));
    }
    if (this.#state.status !== 'ready') this.#renew('at_once');
    this.#watching = this.#watch();
  }

  /** Classifies an error, and renews the connections where it shows that they are unusable. */
  observe(error: unknown): DatabaseFailure {
    const failure = failureOf(error);
    const { isUnavailable, renewal, trouble } = failure;
    // A broken connection may be the only one; what the server reports about itself holds for all.
    if (isUnavailable && trouble !== null && trouble !== 'unreachable' && this.current) {
      const isPartial = PARTIAL.has(trouble);
      const health = degraded(trouble, error, isPartial);
      if (isPartial) this.#reported = { health, untilMs: performance.now() + REPORTED_FOR_MS };
      this.#set(health);
    }
    if (renewal !== 'never') this.#renew(renewal);
    return failure;
  }

  async close(): Promise<void> {
    this.#set({ status: 'closed', trouble: null, reason: 'shut down', takesWrites: false });
    this.#closing.abort();
    await Promise.all([this.#renewing, this.#watching]);
    for (const timer of this.#retired.values()) clearTimeout(timer);
    const all = [...this.#retired.keys(), ...(this.#current ? [this.#current] : [])];
    await Promise.all(all.map((each) => each.close()));
  }

  #renew(renewal: Exclude<Renewal, 'never'>): void {
    if (this.#renewing || this.#isClosed()) return;
    if (performance.now() - this.#renewedAtMs < RENEWAL_GAP_MS[renewal]) return;
    this.#renewing = this.#renewUntilWritable().finally(() => {
      this.#renewedAtMs = performance.now();
      this.#renewing = undefined;
    });
  }

  async #renewUntilWritable(): Promise<void> {
    let delayMs: number = RETRY_DELAY_MS.min;
    while (!(await this.#tryToConnect()) && !this.#isClosed()) {
      this.#log.lasts(this.#state);
      await this.#pause(delayMs);
      delayMs = Math.min(delayMs * 2, RETRY_DELAY_MS.max);
    }
  }

  /** Whether the database takes writes. */
  async #tryToConnect(): Promise<boolean> {
    try {
      return await this.#connect();
    } catch (error) {
      this.#set(await this.#healthOfOld(error));
      return false;
    }
  }

  async #connect(): Promise<boolean> {
    const fresh = await this.source.connect();
    if (this.#isClosed()) {
      await fresh.close();
      return true;
    }
    const health = await healthOf(fresh);
    const old = this.#current;
    this.#current = fresh;
    if (old && old !== fresh) this.#retire(old);
    this.#settle(health);
    return health.takesWrites;
  }

  /** New connections are refused: those that are there may still work. */
  async #healthOfOld(error: unknown): Promise<Health> {
    const without = healthWithout(error);
    const old = this.#current;
    if (without.status === 'refused' || !old || !(await responds(old.db('writes'), PROBE_TIMEOUT_MS)))
      return without;
    const { takesWrites } = await healthOf(old);
    return { ...without, status: 'degraded', takesWrites };
  }

  async #watch(): Promise<void> {
    while (!this.#isClosed()) {
      await this.#pause(WATCH_INTERVAL_MS);
      const { current } = this;
      if (this.#renewing || this.#isClosed() || !current) continue;
      const probe = healthOf(current);
      const health = await within(probe, PROBE_TIMEOUT_MS);
      if (this.#renewing || current !== this.#current) continue;
      if (health) this.#settle(health);
      if (!health?.takesWrites) this.#renew(health ? 'at_once' : 'in_doubt');
    }
  }

  /** What the probe found; what only real writes meet is reported for a while after the last one met it. */
  #settle(health: Health): void {
    const isReported = this.#reported && performance.now() < this.#reported.untilMs;
    this.#set(health.takesWrites && isReported && this.#reported ? this.#reported.health : health);
  }

  /** Its last queries finish first; their errors go to their callers. */
  #retire(old: Connections): void {
    const timer = setTimeout(() => {
      this.#retired.delete(old);
      old.close().catch(() => undefined);
    }, RETIRE_AFTER_MS);
    this.#retired.set(old, timer.unref());
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#closing.signal, ref: false }).catch(() => undefined);
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #set(health: Health): void {
    const { status, trouble, takesWrites } = this.#state;
    if (status === 'closed') return;
    const isSame =
      status === health.status && trouble === health.trouble && takesWrites === health.takesWrites;
    this.#state = { ...health, since: isSame ? this.#state.since : new Date() };
    if (!isSame && health.status !== 'closed') this.#log.changed(this.#state);
  }
}

async function healthOf(connections: Connections): Promise<Health> {
  try {
    await probeWrites(connections.db('writes'));
    return READY;
  } catch (error) {
    return degraded(failureOf(error).trouble ?? 'server_error', error, false);
  }
}

function degraded(trouble: DatabaseTrouble, error: unknown, takesWrites: boolean): Health {
  return { status: 'degraded', trouble, reason: messageOf(error), takesWrites };
}

/** There is no connection, for this reason. */
function healthWithout(error: unknown): Health {
  const isTooNew = error instanceof SchemaTooNewError;
  const status: DatabaseStatus = isTooNew ? 'refused' : 'down';
  const trouble = isTooNew ? 'schema_newer' : (failureOf(error).trouble ?? 'unreachable');
  return { status, trouble, reason: messageOf(error), takesWrites: false };
}
