import type { UpstreamError } from '../../upstreams/transport/upstream.errors.js';
import type { ProblemError } from '../problems/problem.error.js';
import type { SnapshotRequest } from './snapshot.preparation.js';
import type { Operation, OperationWrite } from '../../ledger/operation.types.js';

/** A write before it starts, with what the ledger needs to run it. */
export interface WritePlan {
  readonly write: OperationWrite;
  /** For a prepared write: what is read before it is sent. */
  readonly reading?: SnapshotRequest;
  /** What its deadline or the budget of the vendor account would refuse it with now; undefined where it may be sent. */
  readonly refusal?: () => ProblemError | UpstreamError | undefined;
  /** Whether the caller may see this operation of the ledger. */
  readonly mayShow: (operation: Operation) => boolean;
}
