import { Injectable, Logger, Optional } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '../../config/clock.js';
import { DatabaseUnavailableError } from '../../store/database/database.errors.js';
import { Database } from '../../store/database/database.js';
import { Metrics } from '../../telemetry/metrics.js';
import { countOpenOperations, type OpenCount } from './open.operations.js';

/** However often the metrics are read: replicas and scrapers add up at the database. */
const PAUSE_MS = 10_000;

/** A scrape that waits for the database loses all other metrics too; most are given up after 10 s. */
const WAIT_MS = 1_000;

/**
 * Gauges of the unfinished operations of all tenants, counted in the database when the metrics are read. While the database is
 * away they keep what was counted last. Ages are times of beginning, so that they grow also when nothing is counted.
 */
@Injectable()
export class OpenOperationsMetrics {
  readonly #log = new Logger('OpenOperations');
  readonly #open: Gauge<'tenant' | 'kind' | 'state'>;
  readonly #unknown: Gauge<'tenant' | 'kind' | 'awaits'>;
  readonly #oldestUnknown: Gauge<'tenant' | 'kind' | 'awaits'>;
  readonly #oldestSent: Gauge<'tenant' | 'kind'>;
  readonly #counted: Gauge;
  #begunMs = -Infinity;
  #running: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Optional() metrics?: Metrics,
  ) {
    const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) => {
      const registers = metrics ? [metrics.registry] : [];
      const collect = () => this.#fresh();
      return new Gauge({ name: `tollgate_operations_${name}`, help, labelNames, registers, collect });
    };
    this.#open = gauge('open', 'Operations that are not finished, by state', ['tenant', 'kind', 'state']);
    this.#unknown = gauge('unknown', 'Operations with an unknown outcome, by what they wait for', [
      'tenant',
      'kind',
      'awaits',
    ]);
    this.#oldestUnknown = gauge(
      'unknown_oldest_timestamp_seconds',
      'Unix time at which the oldest operation with an unknown outcome was sent',
      ['tenant', 'kind', 'awaits'],
    );
    this.#oldestSent = gauge(
      'sent_oldest_timestamp_seconds',
      'Unix time at which the oldest operation that is still running was sent',
      ['tenant', 'kind'],
    );
    this.#counted = gauge(
      'counted_timestamp_seconds',
      'Unix time at which the operations were last counted; 0 before the first time',
    );
  }

  /** Counts again if the last count is old. Waits for WAIT_MS at most; a slower result is there at the next scrape. */
  async #fresh(): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    if (!this.#running && nowMs - this.#begunMs >= PAUSE_MS) {
      this.#begunMs = nowMs;
      this.#running = this.#count().finally(() => (this.#running = undefined));
    }
    if (!this.#running) return;
    const enough = new AbortController();
    const timeout = sleep(WAIT_MS, undefined, { ref: false, signal: enough.signal }).catch(() => undefined);
    await Promise.race([this.#running, timeout]);
    enough.abort();
  }

  async #count(): Promise<void> {
    try {
      this.#set(await this.database.run(countOpenOperations, 'background'));
    } catch (error) {
      // The database reports its own absence, once.
      if (!(error instanceof DatabaseUnavailableError)) this.#log.error(error);
    }
  }

  #set(counts: readonly OpenCount[]): void {
    for (const gauge of [this.#open, this.#unknown, this.#oldestUnknown, this.#oldestSent]) gauge.reset();
    for (const { tenant, kind, state, awaits, count, oldestSentAt } of counts) {
      this.#open.inc({ tenant, kind, state }, count);
      const oldest = oldestSentAt.getTime() / 1_000;
      if (awaits !== null) {
        this.#unknown.set({ tenant, kind, awaits }, count);
        this.#oldestUnknown.set({ tenant, kind, awaits }, oldest);
      } else if (state === 'sent') {
        this.#oldestSent.set({ tenant, kind }, oldest);
      }
    }
    this.#counted.set(this.clock.now().getTime() / 1_000);
  }
}
