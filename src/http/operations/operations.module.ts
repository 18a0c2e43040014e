import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import type { LedgerSettings } from '../../config/settings.js';
import { DatabaseModule } from '../../store/database.module.js';
import { AnswerCipher } from './answer.cipher.js';
import { IdempotencyKeyGuard } from './idempotency.key.guard.js';
import { LedgerModule } from './ledger.module.js';
import { LedgerRenewal, LedgerWaits, ringOf } from './ledger.renewal.js';
import { OperationInterceptor } from './operation.interceptor.js';
import { OperationLease } from './operation.lease.js';
import { OperationPlanner } from './operation.planner.js';
import { OperationSealing } from './operation.sealing.js';
import { RetentionSettings } from './operation.retention.js';

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
