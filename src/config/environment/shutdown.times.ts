import type { UpstreamTimeouts } from '../upstream.timeouts.js';

/** How the process ends after SIGTERM. Milliseconds. */
export interface ShutdownTimes {
  /** How long it goes on serving after readiness has failed, so that load balancers notice. */
  readonly drainDelayMs: number;
  /** From SIGTERM to the end, everything included. */
  readonly shutdownGraceMs: number;
}

/**
 * For what comes after the last call of an upstream: recording its outcome, the response, closing the database. The
 * record takes some milliseconds; 3 s are room for a database that is busy or has to be connected to again.
 */
export const LAST_COMMIT_MS = 3_000;

/** The longest calls that still end in time. A write that has left is not cut off, so its whole attempt has to fit. */
export function callTimesWithin({ drainDelayMs, shutdownGraceMs }: ShutdownTimes): UpstreamTimeouts {
  const totalMs = shutdownGraceMs - LAST_COMMIT_MS;
  return { attemptMs: totalMs - drainDelayMs, totalMs };
}

/** Undefined, or why calls with these time limits could be under way when the process is ended. */
export function reasonOfLateCalls(
  { attemptMs, totalMs }: UpstreamTimeouts,
  times: ShutdownTimes,
): string | undefined {
  const max = callTimesWithin(times);
  if (attemptMs <= max.attemptMs && totalMs <= max.totalMs) return undefined;
  const graceMs = LAST_COMMIT_MS + Math.max(totalMs, times.drainDelayMs + attemptMs);
  return (
    `must fit into the shutdown: attemptMs (${attemptMs}) and DRAIN_DELAY_MS (${times.drainDelayMs}) together, and ` +
    `totalMs (${totalMs}), are each at most ${max.totalMs}, which is SHUTDOWN_GRACE_MS less ${LAST_COMMIT_MS} for the ` +
    `last commit; shorten them, or set SHUTDOWN_GRACE_MS to at least ${graceMs}`
  );
}
