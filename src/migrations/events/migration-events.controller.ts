import { Controller, Get } from '@nestjs/common';
import { Access } from '../../http/auth/access.decorator.js';
import { CurrentTenant } from '../../http/auth/caller.js';
import { Documented } from '../../http/openapi/documented.decorator.js';
import { MigrationId } from '../migration.id.param.js';
import { ListMigrationEventsQueryDto } from './dto/list-migration-events-query.dto.js';
import { MigrationEventsDto } from './dto/migration-events.dto.js';
import { MIGRATION_EVENTS_DOCS } from './migration.events.docs.js';
import { MigrationEventsService } from './migration.events.service.js';
import { ValidQuery } from '../../http/problems/valid.input.js';

@Documented('Migrations', MIGRATION_EVENTS_DOCS)
@Controller('migrations')
export class MigrationEventsController {
  constructor(private readonly events: MigrationEventsService) {}

  @Get(':id/events')
  @Access('migrations:read')
  list(
    @CurrentTenant() tenant: string,
    @MigrationId() migrationId: string,
    @ValidQuery() query: ListMigrationEventsQueryDto,
  ): Promise<MigrationEventsDto> {
    return this.events.list(tenant, migrationId, query);
  }
}
