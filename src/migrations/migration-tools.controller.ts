import { Controller, Get } from '@nestjs/common';
import { Access } from '../http/auth/access.decorator.js';
import { CacheableRead } from '../http/caching/cacheable.read.js';
import { CurrentRead } from '../http/caching/current.read.js';
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
  list(@CurrentRead('shared') read: CacheableRead): Promise<MigrationToolsDto> {
    return this.migrations.tools(read);
  }
}
