import { type DynamicModule, Module } from '@nestjs/common';
import { DatabaseModule } from '../../store/database.module.js';
import { AnswerCipher } from './answer.cipher.js';
import { LateRecords } from './late.records.js';
import { OperationArchive } from './operation.archive.js';
import { OperationLedger } from './operation.ledger.js';
import { OperationRecovery } from './operation.recovery.js';
import { OperationRetention, RetentionSettings } from './operation.retention.js';
import { OperationStore } from './operation.store.js';

/** What differs from one ledger to the next. */
export interface LedgerParts {
  /** `new AnswerCipher()` where no key is configured. */
  readonly cipher: AnswerCipher;
  readonly retention: RetentionSettings;
}

/** Imports the database's module, so that its own shutdown, which writes what is late, comes before the database's. */
@Module({})
export class LedgerModule {
  static forParts({ cipher, retention }: LedgerParts): DynamicModule {
    return {
      module: LedgerModule,
      // One ledger for the process: features read what they did from it.
      global: true,
      imports: [DatabaseModule],
      providers: [
        { provide: AnswerCipher, useValue: cipher },
        { provide: RetentionSettings, useValue: retention },
        OperationStore,
        LateRecords,
        OperationLedger,
        OperationArchive,
        OperationRecovery,
        OperationRetention,
      ],
      exports: [AnswerCipher, OperationLedger, OperationArchive, OperationRecovery],
    };
  }
}
