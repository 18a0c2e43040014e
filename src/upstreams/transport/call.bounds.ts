import type { UpstreamTimeouts } from '../../config/upstream.timeouts.js';

/** When a call may begin and has to end. Times are on the clock of `performance.now`. */
export interface CallBounds {
  /** The caller gets its response or an error by then. */
  readonly endsAt: number;
  /** From the first byte sent to the last byte received: at most so long, and less where `endsAt` comes first. */
  readonly attemptMs: number;
  /** What has to be left until `endsAt` when the first byte is sent; with less, the call is not sent. */
  readonly leastMs: number;
  /** `Tollgate-Deadline-Ms`, where that is what ends the call. */
  readonly deadlineMs?: number | undefined;
  /** Of a probe: its socket is closed by then. */
  readonly closesAt?: number | undefined;
}

/**
 * Of the total time, so much is for waiting where `attemptMs` takes all of it: without any, a write could not be sent a
 * millisecond after its request had arrived.
 */
const WAITING_SHARE = 0.1;

/**
 * A write gets a whole attempt or is not sent: cut short by its caller's deadline, its outcome would be unknown by our own
 * doing. A read that is cut short does no harm.
 */
export function boundsOf(
  endsAt: number,
  { attemptMs, totalMs }: UpstreamTimeouts,
  { safe }: { readonly safe: boolean },
): CallBounds {
  const leastMs = safe ? 0 : Math.min(attemptMs, totalMs * (1 - WAITING_SHARE));
  return { endsAt, attemptMs, leastMs };
}

/** A probe that hangs keeps the next one away, so it ends early: a vendor that recovers is used again within two seconds. */
const PROBE_MS_MIN = 1_000;

/** A response that takes three times as long as usual is a rare one, of a vendor that works. */
const PROBE_FACTOR = 3;

/** Time of a call as the probe of a failing vendor. A write is not cut short: undefined. */
export function probeMsOf({ safe }: { readonly safe: boolean }, expectedMs: number): number | undefined {
  return safe ? Math.ceil(Math.max(PROBE_MS_MIN, PROBE_FACTOR * expectedMs)) : undefined;
}

/** A read that is a probe, and is over in `msLeft`; other calls are as they were. */
export function boundsOfProbe(
  bounds: CallBounds,
  { safe }: { readonly safe: boolean },
  msLeft: number,
  now: number,
): CallBounds {
  if (!safe || msLeft === Infinity) return bounds;
  const closesAt = now + msLeft;
  return closesAt < bounds.endsAt
    ? { ...bounds, endsAt: closesAt, closesAt, deadlineMs: undefined }
    : { ...bounds, closesAt };
}

/** Until the last moment at which the call may be sent; negative after it. */
export function msToStart({ endsAt, leastMs }: CallBounds, now: number): number {
  return endsAt - leastMs - now;
}

/** Longest wait for a place: a call that is not worth sending any more needs none. Negative when it is too late. */
export function waitMsOf(bounds: CallBounds, expectedMs: number, now: number): number {
  const leftMs = msToStart(bounds, now);
  // A read that usually takes longer than is left may still be fast, but not after a wait.
  return leftMs < 0 ? leftMs : Math.max(0, leftMs - Math.max(0, expectedMs - bounds.leastMs));
}
