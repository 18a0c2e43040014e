import { setTimeout as sleep } from 'node:timers/promises';
import { UpstreamError } from '../../upstreams/transport/upstream.errors.js';
import { ProblemError } from '../problems/problem.error.js';
import { problemOfError } from '../problems/problem.of.error.js';
import type { SnapshotReader } from '../../reconciliation/outcome.probe.js';
import type { Snapshot } from '../../ledger/operation.snapshot.js';

/** What is read before a write is sent. */
export interface SnapshotRequest {
  /** Evidence needs it to decide: if it cannot be read, nothing is sent. Otherwise the write continues without it. */
  readonly isDeciding: boolean;
  readonly read: SnapshotReader;
}

export interface Prepared {
  readonly snapshot: Snapshot;
  /** The requested state exists already; the body of the response. */
  readonly alreadySo?: { readonly body: unknown };
}

/** Limit for a snapshot that only informs; a healthy upstream responds in a tenth of it. */
const INFORMING_MS_MAX = 3_000;

/**
 * Reads the snapshot of a write.
 * @param now the database's time
 * @throws ProblemError the read's problem, with the outcome `not_executed`: nothing was sent
 */
export async function prepare({ isDeciding, read }: SnapshotRequest, now: Date): Promise<Prepared> {
  const at = now.toISOString();
  try {
    const { asked, seen, alreadySo } = await (isDeciding ? read() : within(INFORMING_MS_MAX, read));
    const snapshot = { at, asked, seen };
    return alreadySo === undefined ? { snapshot } : { snapshot, alreadySo: { body: alreadySo } };
  } catch (error) {
    if (isDeciding || !(error instanceof UpstreamError || error instanceof TooSlowError))
      throw refused(error);
    const because = error instanceof TooSlowError ? error.message : `${error.upstream} could not be read`;
    return { snapshot: { at, asked: 'what was there before the call', seen: null, because } };
  }
}

/** The write was not sent, so the outcome of the failed read does not apply to it. */
function refused(error: unknown): ProblemError {
  return problemOfError(error, false).with({ outcome: 'not_executed' });
}

class TooSlowError extends Error {}

/** The read itself is aborted by its own deadline. */
async function within<T>(ms: number, read: () => Promise<T>): Promise<T> {
  const end = new AbortController();
  const timer = sleep(ms, undefined, { signal: end.signal, ref: false }).then(() => {
    throw new TooSlowError(`it was not read within ${ms} ms`);
  });
  try {
    return await Promise.race([read(), timer]);
  } finally {
    end.abort();
    // When the read ends in time, the aborted timer rejects and is no longer awaited.
    timer.catch(() => undefined);
  }
}
