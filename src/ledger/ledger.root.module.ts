import { type DynamicModule, Module } from '@nestjs/common';
import type { LedgerSettings } from '../config/settings/ledger.settings.js';
import { DatabaseModule } from '../store/database/database.module.js';
import { LedgerModule } from './ledger.module.js';
import { LedgerSettingsUpdate, ringOf } from './ledger.settings.update.js';
import type { OperationDeclaration } from './operation.declaration.js';
import { KindRegistry } from './kind.registry.js';
import { LeaseDuration } from './lease.duration.js';
import { LedgerCipher } from './sealing/ledger.cipher.js';
import { EarlierRowsCleanup } from './sealing/earlier.rows.cleanup.js';
import { RetentionSettings } from './upkeep/operation.retention.js';

/** The ledger of this process, configured from the settings. Global, because features read from it. */
@Module({})
export class LedgerRootModule {
  static forSettings(
    { answerKeys, operationDays, keyDays, leaseMs }: LedgerSettings,
    declarations: readonly OperationDeclaration[],
  ): DynamicModule {
    return {
      module: LedgerRootModule,
      global: true,
      imports: [
        DatabaseModule,
        LedgerModule.forParts({
          kinds: new KindRegistry(declarations),
          cipher: new LedgerCipher(answerKeys[0]?.id, ringOf(answerKeys)),
          retention: new RetentionSettings(operationDays, keyDays),
          lease: new LeaseDuration(leaseMs),
        }),
      ],
      providers: [EarlierRowsCleanup, LedgerSettingsUpdate],
      exports: [LedgerModule],
    };
  }
}
