import { type DynamicModule, Module } from '@nestjs/common';
import { DatabaseModule } from '../store/database.module.js';
import { AnswerCipher } from './sealing/answer.cipher.js';
import { ClaimStore } from './writes/claim.store.js';
import { UnwrittenEnds } from './writes/unwritten.ends.js';
import { LostRows } from './writes/lost.rows.js';
import { OperationQueries } from './queries/operation.queries.js';
import { EndRecorder } from './writes/end.recorder.js';
import { OperationLease } from './operation.lease.js';
import { OperationLedger } from './operation.ledger.js';
import { LeaseExpiry } from './upkeep/lease.expiry.js';
import { OperationRetention, RetentionSettings } from './upkeep/operation.retention.js';
import { EndStore } from './writes/end.store.js';
import { OperationSummary } from './queries/operation.summary.js';
import { ReplicationCheck } from './upkeep/replication.check.js';

/** What differs from one ledger to the next. */
export interface LedgerParts {
  /** `new AnswerCipher()` where no key is configured. */
  readonly cipher: AnswerCipher;
  readonly retention: RetentionSettings;
  readonly lease: OperationLease;
}

/**
 * Imports the database's module, so that its own shutdown, which writes what is late, comes before the database's.
 * Never global itself: Nest shuts global modules down last.
 */
@Module({})
export class LedgerModule {
  static forParts({ cipher, retention, lease }: LedgerParts): DynamicModule {
    return {
      module: LedgerModule,
      imports: [DatabaseModule],
      providers: [
        { provide: AnswerCipher, useValue: cipher },
        { provide: RetentionSettings, useValue: retention },
        { provide: OperationLease, useValue: lease },
        ClaimStore,
        EndStore,
        LostRows,
        EndRecorder,
        UnwrittenEnds,
        OperationLedger,
        OperationQueries,
        OperationSummary,
        LeaseExpiry,
        OperationRetention,
        ReplicationCheck,
      ],
      exports: [
        AnswerCipher,
        RetentionSettings,
        OperationLease,
        OperationLedger,
        OperationQueries,
        OperationSummary,
        LeaseExpiry,
      ],
    };
  }
}
