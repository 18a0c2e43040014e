import { Controller, Get } from '@nestjs/common';
import { Access } from '../http/auth/access.decorator.js';
import { CurrentTenant } from '../http/auth/caller.js';
import { Documented } from '../http/openapi/documented.decorator.js';
import { MigrationToolsDto } from './dto/migration-tools.dto.js';
import { MIGRATION_TOOLS_DOCS } from './migrations.docs.js';
import { MigrationsService } from './migrations.service.js';

@Documented('Migrations', MIGRATION_TOOLS_DOCS)
@Controller('migration-tools')
export class MigrationToolsController {
  constructor(private readonly migrations: MigrationsService) {}

  @Get()
  @Access('migrations:read')
  list(@CurrentTenant() tenant: string): Promise<MigrationToolsDto> {
    return this.migrations.tools(tenant);
  }
}
