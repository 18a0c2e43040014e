import type { Reading } from './snapshot.preparation.js';
import type { Operation, OperationWrite } from '../../ledger/operation.types.js';

/** A write before it is begun, and what its way through the ledger needs to know beside it. */
export interface WritePlan {
  readonly write: OperationWrite;
  /** With a prepared write: what is read before it is sent. */
  readonly reading?: Reading;
  /** Whether the caller may learn of this operation of the ledger. */
  readonly mayShow: (operation: Operation) => boolean;
}
