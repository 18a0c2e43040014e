import { Module } from '@nestjs/common';
import { Import2Module } from '../upstreams/import2/import2.module.js';
import { SpidModule } from '../upstreams/spid/spid.module.js';
import { MigrationEventsModule } from './events/migration-events.module.js';
import { MigrationToolsController } from './migration-tools.controller.js';
import { MigrationsBudget } from './migrations.budget.js';
import { MigrationsController } from './migrations.controller.js';
import { MigrationsProbe } from './migrations.probe.js';
import { MigrationsService } from './migrations.service.js';
import { SharedReads } from './shared.reads.js';
import { TokenImportsController } from './token-imports.controller.js';
import { TokenImportsService } from './token-imports.service.js';

@Module({
  imports: [Import2Module, SpidModule, MigrationEventsModule],
  controllers: [MigrationToolsController, MigrationsController, TokenImportsController],
  providers: [MigrationsService, MigrationsProbe, MigrationsBudget, TokenImportsService, SharedReads],
})
export class MigrationsModule {}
