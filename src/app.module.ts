import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from './config/config.module.js';
import type { Environment } from './config/environment/environment.js';
import type { FileStamps } from './config/settings/file/file.stamps.js';
import type { Settings } from './config/settings/settings.js';
import { ENTITLEMENT_WRITES } from './entitlements/entitlements.writes.js';
import { EntitlementsModule } from './entitlements/entitlements.module.js';
import { AuthModule } from './http/auth/auth.module.js';
import { DeadlineModule } from './http/deadline/deadline.module.js';
import { OperationsModule } from './http/operations/operations.module.js';
import { ReconciliationModule } from './reconciliation/reconciliation.module.js';
import { ProbeTimes } from './reconciliation/probe.times.js';
import { IdempotencyModule } from './http/idempotency/idempotency.module.js';
import { OverloadModule } from './http/server/overload/overload.module.js';
import { FieldsModule } from './http/fields/fields.module.js';
import { HealthModule } from './http/health/health.module.js';
import { MetricsModule } from './http/metrics/metrics.module.js';
import type { DemoKey } from './http/openapi/pages/docs.page.js';
import { ProblemPagesModule } from './http/openapi/pages/problem.pages.module.js';
import { ProblemsModule } from './http/problems/problems.module.js';
import { ThrottlingModule } from './http/throttling/throttling.module.js';
import { LedgerRootModule } from './ledger/ledger.root.module.js';
import { MIGRATION_WRITES } from './migrations/migrations.writes.js';
import { MigrationsModule } from './migrations/migrations.module.js';
import type { DatabaseSource } from './store/database/database.source.js';
import { DatabaseSourceModule } from './store/database/database.source.module.js';
import type { GatewayLogger } from './telemetry/logger.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';
import { VOUCHER_WRITES } from './vouchers/vouchers.writes.js';
import { VouchersModule } from './vouchers/vouchers.module.js';

/** Every kind of write, as its feature declares it. */
const WRITES = [...ENTITLEMENT_WRITES, ...VOUCHER_WRITES, ...MIGRATION_WRITES];

/** What differs from one gateway to the next. */
export interface GatewayParts {
  readonly environment: Environment;
  readonly settings: Settings;
  /** The files of the settings as they were read; left out, they are read again at the start. */
  readonly settingsFiles?: FileStamps;
  readonly logger: GatewayLogger;
  /** How unknown operations are probed; by default as the ledger's lease demands. */
  readonly probeTimes?: ProbeTimes;
  /** Keys for the page at /docs, which anyone may open; only of a demo. */
  readonly demoKeys?: readonly DemoKey[];
  /** Where the database is; by default what the environment names. */
  readonly database?: DatabaseSource;
}

/** Every module, in the order in which a request meets them. */
@Module({})
export class AppModule {
  static forParts(parts: GatewayParts): DynamicModule {
    const { environment, settings, logger, probeTimes, database } = parts;
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(environment, settings, parts.settingsFiles),
        DatabaseSourceModule.providing(database),
        TelemetryModule.forRoot(logger),
        ProblemsModule,
        OverloadModule,
        HealthModule,
        MetricsModule,
        ProblemPagesModule,
        // Guards run in the order of these lines: who is asking, then how often, how long it may take, under which key, with a body or without.
        AuthModule,
        ThrottlingModule,
        DeadlineModule,
        LedgerRootModule.forSettings(settings.ledger, WRITES),
        IdempotencyModule,
        FieldsModule,
        ReconciliationModule.forTimes(
          probeTimes ?? new ProbeTimes({ settleMs: 2 * settings.ledger.leaseMs }),
        ),
        OperationsModule,
        EntitlementsModule,
        VouchersModule,
        MigrationsModule,
      ],
    };
  }
}
