import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../http/auth/access.decorator.js';
import { CurrentTenant } from '../http/auth/caller.js';
import { ApiProblems } from '../http/problems/api-problems.decorator.js';
import { UPSTREAM_READ } from '../http/problems/upstream.slugs.js';
import { MigrationToolsDto } from './dto/migration-tools.dto.js';
import { MigrationsService } from './migrations.service.js';

@ApiTags('Migrations')
@Controller('migration-tools')
export class MigrationToolsController {
  constructor(private readonly migrations: MigrationsService) {}

  @Get()
  @Access('migrations:read')
  @ApiOperation({
    operationId: 'listMigrationTools',
    summary: 'List the tools that customers can be moved from',
    description: 'Safe to repeat at any time.',
  })
  @ApiOkResponse({ type: MigrationToolsDto })
  @ApiProblems(...UPSTREAM_READ)
  list(@CurrentTenant() tenant: string): Promise<MigrationToolsDto> {
    return this.migrations.tools(tenant);
  }
}
