import { setTimeout as sleep } from 'node:timers/promises';
import { UpstreamError } from '../../upstreams/transport/upstream.errors.js';
import { ProblemError } from '../problems/problem.error.js';
import { problemOfError } from '../problems/problem.of.error.js';
import type { SnapshotReader } from '../../reconciliation/outcome.probe.js';
import type { Snapshot } from '../../ledger/operation.snapshot.js';

/** What is read before a write is sent. */
export interface Reading {
  /** Evidence decides by it: when it cannot be read, nothing is sent. Otherwise the write goes on without. */
  readonly isDeciding: boolean;
  readonly read: SnapshotReader;
}

export interface Prepared {
  readonly snapshot: Snapshot;
  /** What was asked for is so already; this is the body of the answer. */
  readonly alreadySo?: { readonly body: unknown };
}

/** A count that only informs is not worth more of the caller's patience; a healthy upstream answers in a tenth of it. */
const INFORMING_MS_MAX = 3_000;

/**
 * Reads what a write is about.
 * @param now the database's time
 * @throws ProblemError the read's problem, with the outcome `not_executed`: nothing was sent
 */
export async function prepare({ isDeciding, read }: Reading, now: Date): Promise<Prepared> {
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

/** A read says nothing about a write that was not sent, so `unknown` is no outcome of it. */
function refused(error: unknown): ProblemError {
  return problemOfError(error, false).with({ outcome: 'not_executed' });
}

class TooSlowError extends Error {}

/** The read itself is given up by its own deadline. */
async function within<T>(ms: number, read: () => Promise<T>): Promise<T> {
  const end = new AbortController();
  const timer = sleep(ms, undefined, { signal: end.signal, ref: false }).then(() => {
    throw new TooSlowError(`it was not read within ${ms} ms`);
  });
  try {
    return await Promise.race([read(), timer]);
  } finally {
    end.abort();
    // Ended in time, the timer rejects with the abort, which is not awaited any more.
    timer.catch(() => undefined);
  }
}
