/**
 * `requests` in each window. What windows leave unused is saved up to `burst`, and one window may use it all. A window
 * begins with the first request after everything that was taken before has been made up for.
 *
 * In whole windows and not as a bucket that fills continuously: then the number of requests that succeed from a given
 * moment on does not depend on how long they take to arrive, so that it is exact over replicas.
 */
export interface Quota {
  /** Tells the quotas of one key apart; without a colon. */
  readonly name: string;
  readonly requests: number;
  readonly windowMs: number;
  readonly burst: number;
}

/** What has been taken of a quota. Times of the clock of the store. */
export interface QuotaUse {
  /** Requests of this window, and of earlier ones as far as no window has made up for them. */
  readonly used: number;
  readonly startMs: number;
}

export interface QuotaState {
  /** Requests that are possible now. */
  readonly remaining: number;
  /** Until `remaining` grows by itself. */
  readonly msLeft: number;
}

/** What was asked for, of all quotas or of none. */
export interface Taking {
  readonly isAdmitted: boolean;
  /** In the order of the quotas, afterwards. */
  readonly states: readonly QuotaState[];
}

/** `use` as it is at `nowMs`. */
export function useAt(use: QuotaUse | undefined, nowMs: number, { requests, windowMs }: Quota): QuotaUse {
  if (!use) return { used: 0, startMs: nowMs };
  // A clock that was set back must not make a window longer.
  const startMs = Math.min(use.startMs, nowMs);
  const windows = Math.floor((nowMs - startMs) / windowMs);
  const used = Math.max(0, use.used - windows * requests);
  return { used, startMs: used === 0 && windows > 0 ? nowMs : startMs + windows * windowMs };
}

export function fitsQuota({ used }: QuotaUse, units: number, { requests, burst }: Quota): boolean {
  return used + units <= requests + burst;
}

/** Until nothing is left of `use`, so that it need not be kept any longer. */
export function msUntilUnused({ used, startMs }: QuotaUse, nowMs: number, quota: Quota): number {
  return startMs + Math.ceil(used / quota.requests) * quota.windowMs - nowMs;
}

export function stateOf({ used, startMs }: QuotaUse, nowMs: number, quota: Quota): QuotaState {
  const { requests, burst, windowMs } = quota;
  // The difference first: `start + window - now` may be above the window by a rounding error, which would add a second.
  // More than one, when the quota was made smaller meanwhile.
  const windows = Math.max(1, Math.ceil((used - requests - burst + 1) / requests));
  return { remaining: Math.max(0, requests + burst - used), msLeft: startMs - nowMs + windows * windowMs };
}
