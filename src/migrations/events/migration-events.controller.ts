import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../../http/auth/access.decorator.js';
import { CurrentTenant } from '../../http/auth/caller.js';
import { IdPipe } from '../../http/fields/id.pipe.js';
import { ApiProblems } from '../../http/problems/api-problems.decorator.js';
import { MIGRATION_ID_LENGTH_MAX } from '../../upstreams/import2/import2.nouns.js';
import { ListMigrationEventsQueryDto } from './dto/list-migration-events-query.dto.js';
import { MigrationEventsDto } from './dto/migration-events.dto.js';
import { MigrationEventsService } from './migration.events.service.js';

const MIGRATION_ID = new IdPipe('id', MIGRATION_ID_LENGTH_MAX);

@ApiTags('Migrations')
@Controller('migrations')
export class MigrationEventsController {
  constructor(private readonly events: MigrationEventsService) {}

  @Get(':id/events')
  @Access('migrations:read')
  @ApiOperation({
    operationId: 'listMigrationEvents',
    summary: 'List what the upstream announced about a migration',
    description:
      'Oldest first, in the order of arrival; compare `occurredAt`, because the upstream promises no order. It sends ' +
      'each event once and never again, so some may be missing: read the migration to be sure where it stands. The ' +
      'list of a migration that nothing was announced about is empty. Safe to repeat at any time.',
  })
  @ApiOkResponse({ type: MigrationEventsDto })
  @ApiProblems('ledger-unavailable')
  list(
    @CurrentTenant() tenant: string,
    @Param('id', MIGRATION_ID) migrationId: string,
    @Query() query: ListMigrationEventsQueryDto,
  ): Promise<MigrationEventsDto> {
    return this.events.list(tenant, migrationId, query);
  }
}
