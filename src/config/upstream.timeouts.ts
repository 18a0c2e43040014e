/** Time limits of the calls of one upstream. Milliseconds. */
export interface UpstreamTimeouts {
  /** One attempt, from the first byte sent to the last byte of the response. */
  readonly attemptMs: number;
  /** The whole call: waiting for a place and a connection, the attempts and the pauses between them. */
  readonly totalMs: number;
}

// The defaults are apart from the settings' classes because the environment is checked before those are loaded.

/**
 * SPiD's own Java client gives up after 6 s (SPiD A4). 10 s leave room for one retry of a read; callers that wait longer
 * have usually hung up.
 */
export const SPID_TIMEOUTS: UpstreamTimeouts = { attemptMs: 6_000, totalMs: 10_000 };

/**
 * Import2 calls the destination tool while the gateway waits (Import2 E2). Shorter times would turn slow successes into
 * operations with an unknown outcome.
 */
export const IMPORT2_TIMEOUTS: UpstreamTimeouts = { attemptMs: 20_000, totalMs: 25_000 };
