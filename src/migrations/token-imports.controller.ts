import { Controller, Get, Post } from '@nestjs/common';
import { Access } from '../http/auth/access.decorator.js';
import { CurrentTenant } from '../http/auth/caller.js';
import { Restricted } from '../http/auth/restrictions/restricted.decorator.js';
import { CacheableRead } from '../http/caching/cacheable.read.js';
import { CurrentRead } from '../http/caching/current.read.js';
import { CurrentOperation } from '../http/idempotency/current.operation.js';
import { Idempotent } from '../http/idempotency/idempotent.decorator.js';
import { IdempotentRun } from '../http/idempotency/idempotent.run.js';
import { Documented } from '../http/openapi/documented.decorator.js';
import { ImportTokensDto } from './dto/import-tokens.dto.js';
import { TokenImportDto } from './dto/token-import.dto.js';
import { TokenNamesDto } from './dto/token-names.dto.js';
import { TOKEN_IMPORTS_DOCS } from './migrations.docs.js';
import { TokenImportsService } from './token-imports.service.js';
import { TOKEN_IMPORT } from './migrations.writes.js';
import { ValidBody } from '../http/problems/valid.input.js';

@Documented('Tokens', TOKEN_IMPORTS_DOCS)
@Controller()
export class TokenImportsController {
  constructor(private readonly tokenImports: TokenImportsService) {}

  @Get('token-names')
  @Access('tokens:read')
  @Restricted({ tokenName: { in: 'items', name: 'name' } })
  names(@CurrentRead('shared') read: CacheableRead): Promise<TokenNamesDto> {
    return this.tokenImports.names(read);
  }

  @Post('token-imports')
  @Idempotent({ write: TOKEN_IMPORT, key: 'required', status: 200 })
  @Access('tokens:import')
  @Restricted({ tokenName: { in: 'body', name: 'tokenName' } })
  import(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @ValidBody() body: ImportTokensDto,
  ): Promise<TokenImportDto> {
    return operation.run(() => this.tokenImports.import(tenant, body));
  }
}
