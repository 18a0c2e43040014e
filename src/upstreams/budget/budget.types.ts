import type { HangUp } from '../../telemetry/hang.up.js';

/** Interactive calls serve a caller that waits; background calls (probes, polling, rotation trials) take what is left. */
export type CallClass = 'interactive' | 'background';

/** Limits of one account at one vendor. */
export interface BudgetLimits {
  /** Calls that the vendor accepts in any window of `windowMs`; undefined when it has no rate limit. */
  readonly rate: { readonly calls: number; readonly windowMs: number } | undefined;
  /** Calls under way at the vendor at most: over all replicas when there is a rate, else per replica. */
  readonly places: number;
  /** Time limit of one attempt at the vendor, from the first byte sent. */
  readonly attemptMs: number;
}

/** One call that asks for a place. Durations are relative: no clock of a process enters the shared state. */
export interface BudgetRequest {
  /** Name of the caller in the settings, the key of fairness. */
  readonly caller: string;
  /** Share of the caller relative to the others, 1 to 1,000. */
  readonly weight: number;
  readonly callClass: CallClass;
  /** Name of the vendor call, for example `product_get`. */
  readonly operation: string;
  /** Longest time to wait for the grant: what the deadline leaves when the attempt's own time is taken off. */
  readonly waitMs: number;
  /** Takes one token of the shared retry budget. */
  readonly isRetry?: boolean;
  /** Of a read, which may be cut short: its time from the grant to the end where it is the probe of a failing vendor. */
  readonly probeMs?: number | undefined;
}

/** What became of a granted call, as far as the vendor's limits and health are concerned. */
export type CallOutcome =
  /** A readable response, a refusal of the request included. `quota`: the vendor's own counters, when they bind. */
  | { readonly kind: 'complete'; readonly quota?: { readonly remaining: number; readonly resetMs: number } }
  /** 420 or 429. `retryAfterMs` is what the vendor returned, or the default. */
  | { readonly kind: 'throttled'; readonly retryAfterMs: number }
  /** A response that shows a failing vendor: 5xx, unreadable. */
  | { readonly kind: 'failed' }
  /** Sent, and no response in time or a broken connection. */
  | { readonly kind: 'lost' }
  /** Name lookup, connect or TLS failed: nothing was sent. */
  | { readonly kind: 'unreachable' }
  /** Given up by us before the first byte. */
  | { readonly kind: 'unsent' };

/** The right to make one call. Every method may be called once; each is idempotent. */
export interface Grant {
  /** False once the grant is too old to be used. Asked just before the first byte. */
  maySend(): boolean;
  /** Of a probe: until its socket has to be closed. Infinity for other calls. */
  msLeft(): number;
  /** The head of the response has arrived: the vendor has counted the call by now. */
  head(): void;
  /** What became of the call, as soon as it is known, even when the vendor may still be working on it. */
  outcome(outcome: CallOutcome): void;
  /** The call no longer occupies the vendor: the response is complete, or the socket is closed. */
  release(): void;
}

export type RefusalReason =
  /** The vendor has throttled the account, or its own counters are used up. */
  | 'throttled'
  /** The caller's share cannot serve the call within its time. */
  | 'no-time'
  /** The bounded queue of the account or the caller is full. */
  | 'queue-full'
  /** The circuit breaker is open. */
  | 'breaker-open'
  /** The retry budget is used up. */
  | 'no-retries'
  /** The caller hung up, or the process is shutting down. */
  | 'cancelled';

/** No grant: nothing was sent. */
export class BudgetRefusedError extends Error {
  constructor(
    readonly reason: RefusalReason,
    /** Time after which the same request would be admitted, if no other caller appeared. Milliseconds, 0 or more. */
    readonly retryAfterMs: number,
  ) {
    super(`no place in the budget: ${reason}`);
    this.name = 'BudgetRefusedError';
  }
}

/** The budget of one account, shared by every tenant that uses the account. */
export interface AccountBudget {
  /**
   * Takes a place: at once where one is free and calls are counted in this process, otherwise it waits.
   * @param signal frees the place in the queue when the caller hangs up
   * @throws BudgetRefusedError as soon as it is known that the call cannot be served in time
   */
  acquire(request: BudgetRequest, signal?: HangUp): Grant | Promise<Grant>;
  /**
   * What `acquire` would refuse the request with now; undefined where it may get a place, or only a shared store knows. Takes
   * no place.
   */
  refusal(request: BudgetRequest): BudgetRefusedError | undefined;
  /** For operators and metrics: state as this replica knows it. */
  snapshot(): BudgetSnapshot;
}

export interface BudgetSnapshot {
  /** Name of the account, free of secrets. */
  readonly account: string;
  /** As set, not as lowered after throttling. */
  readonly limits: BudgetLimits;
  /** `shared`: counted over all replicas; `local`: in this process; `degraded`: Redis is away, own share only. */
  readonly mode: 'shared' | 'local' | 'degraded';
  readonly gate: 'closed' | 'open' | 'half-open';
  /** Why the gate is not closed. */
  readonly gateReason: 'throttled' | 'failing' | undefined;
  /** Until the gate lets a call through again; 0 when closed. */
  readonly gateMs: number;
  /** Calls per window now allowed, lowered after throttling; undefined without a rate limit. */
  readonly effectiveRate: number | undefined;
  /** Places now allowed, lowered after throttling where there is no rate limit. */
  readonly effectivePlaces: number;
  readonly placesUsed: number;
  readonly slotsUsed: number;
  readonly waiting: { readonly interactive: number; readonly background: number };
}
