import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { UpstreamName } from '../../../config/upstream.names.js';
import { upstreamOfAccount } from '../../../config/vendor.account.js';
import { SeriesHistogram } from '../../../telemetry/series.histogram.js';
import type { BudgetObserver } from '../budget.observer.js';
import type { BudgetSnapshot, CallClass, RefusalReason } from '../budget.types.js';

/** Seconds: from a place at once to the longest total deadline. */
const WAIT_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25];

/** Seconds: Redis beside the process to the time at which a reply is late. */
const ROUND_TRIP_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

const ACCOUNT = ['upstream', 'account'] as const;

interface AccountLabels {
  readonly upstream: UpstreamName;
  readonly account: string;
}

const labelsOf = (account: string): AccountLabels => ({ upstream: upstreamOfAccount(account), account });

/** The metrics of all budgets of this process. `account` is the stored name of the account, which holds no secret. */
export class BudgetMetrics implements BudgetObserver {
  readonly #waits: SeriesHistogram<'upstream' | 'account' | 'class'>;
  readonly #refused: Counter<'upstream' | 'account' | 'reason'>;
  readonly #revoked: Counter<'upstream' | 'account'>;
  readonly #missed: Counter<'upstream' | 'account'>;
  readonly #roundTrips: Histogram;

  /** @param snapshots called whenever the metrics are read */
  constructor(
    private readonly registry: Registry,
    private readonly snapshots: () => readonly BudgetSnapshot[],
  ) {
    const registers = [registry];
    this.#waits = new SeriesHistogram({
      name: 'tollgate_budget_wait_duration_seconds',
      help: 'Waits of calls for a place in the budget of their vendor account',
      labelNames: [...ACCOUNT, 'class'],
      buckets: WAIT_BUCKETS,
    }).registerIn(registry);
    this.#refused = new Counter({
      name: 'tollgate_budget_refused_total',
      help: 'Calls that got no place in the budget; none was sent',
      labelNames: [...ACCOUNT, 'reason'],
      registers,
    });
    this.#revoked = new Counter({
      name: 'tollgate_budget_revoked_total',
      help: 'Calls that were refused after they had been admitted to the queue',
      labelNames: ACCOUNT,
      registers,
    });
    this.#missed = new Counter({
      name: 'tollgate_budget_missed_total',
      help: 'Calls whose place came too late to be used',
      labelNames: ACCOUNT,
      registers,
    });
    this.#roundTrips = new Histogram({
      name: 'tollgate_budget_round_trip_duration_seconds',
      help: 'Steps of the budgets at the store that counts them, from request to reply',
      buckets: ROUND_TRIP_BUCKETS,
      registers,
    });
    this.#registerState();
  }

  granted(account: string, callClass: CallClass, waitedMs: number): void {
    this.#waits
      .series(`${account} ${callClass}`, () => ({ ...labelsOf(account), class: callClass }))
      .observe(waitedMs / 1_000);
  }

  refused(account: string, reason: RefusalReason): void {
    this.#refused.inc({ ...labelsOf(account), reason });
  }

  revoked(account: string): void {
    this.#revoked.inc({ ...labelsOf(account) });
  }

  missed(account: string): void {
    this.#missed.inc({ ...labelsOf(account) });
  }

  roundTrip(_account: string, ms: number): void {
    this.#roundTrips.observe(ms / 1_000);
  }

  #registerState(): void {
    this.#gauge('waiting_calls', 'Calls that wait for a place, over all replicas that count together', {
      values: ({ waiting }) => waiting,
      label: 'class',
    });
    this.#gauge('places_used', 'Calls under way at the vendor', { value: ({ placesUsed }) => placesUsed });
    this.#gauge('places', 'Calls that may be under way at the vendor now', {
      value: ({ effectivePlaces }) => effectivePlaces,
    });
    this.#gauge('slots_used', 'Calls that count in the window of the rate limit', {
      value: ({ effectiveRate, slotsUsed }) => (effectiveRate === undefined ? undefined : slotsUsed),
    });
    this.#gauge('slots', 'Calls that the rate limit allows in its window now', {
      value: ({ effectiveRate }) => effectiveRate,
    });
    this.#gauge('allowed_ratio', 'Part of the configured limit that is allowed now', { value: allowedRatio });
    this.#gauge('breaker_open', '1 while no calls are made except single probes, by reason', {
      values: ({ gate, gateReason }) => ({
        throttled: Number(gate !== 'closed' && gateReason === 'throttled'),
        failing: Number(gate !== 'closed' && gateReason === 'failing'),
      }),
      label: 'reason',
    });
    this.#gauge('degraded', '1 while Redis is away and this process keeps to its own share', {
      value: ({ mode }) => Number(mode === 'degraded'),
    });
  }

  /** A gauge with one series for each account, or for each account and value of a further label. */
  #gauge(name: string, help: string, read: ReadValue | ReadValues): void {
    const further = 'label' in read ? read.label : undefined;
    const gauge = new Gauge<string>({
      name: `tollgate_budget_${name}`,
      help,
      labelNames: [...ACCOUNT, ...(further === undefined ? [] : [further])],
      registers: [this.registry],
      collect: () => {
        gauge.reset();
        for (const snapshot of this.snapshots()) {
          const labels = { ...labelsOf(snapshot.account) };
          for (const [word, value] of valuesOf(snapshot, read)) {
            gauge.set(further === undefined ? labels : { ...labels, [further]: word }, value);
          }
        }
      },
    });
  }
}

interface ReadValue {
  readonly value: (snapshot: BudgetSnapshot) => number | undefined;
}

interface ReadValues {
  readonly values: (snapshot: BudgetSnapshot) => Readonly<Record<string, number>>;
  readonly label: string;
}

function valuesOf(snapshot: BudgetSnapshot, read: ReadValue | ReadValues): [string, number][] {
  if ('values' in read) return Object.entries(read.values(snapshot));
  const value = read.value(snapshot);
  return value === undefined ? [] : [['', value]];
}

/** 1 when nothing is lowered. */
function allowedRatio({ limits, effectiveRate, effectivePlaces }: BudgetSnapshot): number {
  if (limits.rate && effectiveRate !== undefined) return effectiveRate / limits.rate.calls;
  return effectivePlaces / limits.places;
}
