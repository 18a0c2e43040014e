import { type DynamicModule, Module } from '@nestjs/common';
import { DatabaseModule } from '../store/database.module.js';
import { AnswerCipher } from './sealing/answer.cipher.js';
import { ClaimStore } from './writes/claim.store.js';
import { LateRecords } from './writes/unwritten.ends.js';
import { LostOperations } from './writes/lost.rows.js';
import { OperationArchive } from './queries/operation.queries.js';
import { OperationEnds } from './writes/end.recorder.js';
import { OperationLease } from './operation.lease.js';
import { OperationLedger } from './operation.ledger.js';
import { OperationRecovery } from './upkeep/lease.expiry.js';
import { OperationRetention, RetentionSettings } from './upkeep/operation.retention.js';
import { OperationStore } from './writes/end.store.js';
import { OperationSummary } from './queries/operation.summary.js';
import { StandbyWatch } from './upkeep/replication.check.js';

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
        OperationStore,
        LostOperations,
        OperationEnds,
        LateRecords,
        OperationLedger,
        OperationArchive,
        OperationSummary,
        OperationRecovery,
        OperationRetention,
        StandbyWatch,
      ],
      exports: [
        AnswerCipher,
        RetentionSettings,
        OperationLease,
        OperationLedger,
        OperationArchive,
        OperationSummary,
        OperationRecovery,
      ],
    };
  }
}
