import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import type { LedgerSettings } from '../../config/settings.js';
import { DatabaseModule } from '../../store/database.module.js';
import { AnswerCipher } from '../../ledger/sealing/answer.cipher.js';
import { IdempotencyKeyGuard } from './idempotency.key.guard.js';
import { LedgerModule } from '../../ledger/ledger.module.js';
import { LedgerRenewal, LedgerWaits, ringOf } from '../../ledger/ledger.settings.update.js';
import { OperationInterceptor } from './idempotency.interceptor.js';
import { OperationLease } from '../../ledger/operation.lease.js';
import { OperationPlanner } from './write.planner.js';
import { OperationSealing } from '../../ledger/sealing/operation.sealing.js';
import { RetentionSettings } from '../../ledger/upkeep/operation.retention.js';

/** Every write on its way through the ledger. */
@Module({})
export class OperationsModule {
  static forSettings({ answerKeys, retention, leaseMs }: LedgerSettings): DynamicModule {
    return {
      module: OperationsModule,
      // One ledger for the process: features read what they did from it.
      global: true,
      imports: [
        DatabaseModule,
        LedgerModule.forParts({
          cipher: new AnswerCipher(answerKeys[0]?.id, ringOf(answerKeys)),
          retention: new RetentionSettings(retention.operationDays, retention.keyDays),
          lease: new OperationLease(leaseMs),
        }),
      ],
      exports: [LedgerModule],
      providers: [
        OperationSealing,
        OperationPlanner,
        { provide: APP_GUARD, useClass: IdempotencyKeyGuard },
        { provide: APP_INTERCEPTOR, useClass: OperationInterceptor },
        LedgerWaits,
        LedgerRenewal,
      ],
    };
  }
}
