import { type DynamicModule, Module } from '@nestjs/common';
import { DatabaseModule } from '../../store/database.module.js';
import { AnswerCipher } from './answer.cipher.js';
import { ClaimStore } from './claim.store.js';
import { LateRecords } from './late.records.js';
import { LostOperations } from './lost.operations.js';
import { OperationArchive } from './operation.archive.js';
import { OperationEnds } from './operation.ends.js';
import { OperationLease } from './operation.lease.js';
import { OperationLedger } from './operation.ledger.js';
import { OperationRecovery } from './operation.recovery.js';
import { OperationRetention, RetentionSettings } from './operation.retention.js';
import { OperationStore } from './operation.store.js';
import { OperationSummary } from './operation.summary.js';
import { StandbyWatch } from './standby.watch.js';

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
