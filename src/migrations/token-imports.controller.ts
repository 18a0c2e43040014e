import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../http/auth/access.decorator.js';
import { CurrentTenant } from '../http/auth/caller.js';
import { Restricted } from '../http/auth/restricted.decorator.js';
import { Idempotent } from '../http/operations/idempotent.decorator.js';
import { CurrentOperation } from '../http/operations/operation.interceptor.js';
import { OperationRun } from '../http/operations/operation.run.js';
import { ApiProblems } from '../http/problems/api-problems.decorator.js';
import { UPSTREAM_READ, UPSTREAM_WRITE } from '../http/problems/upstream.slugs.js';
import { ImportTokensDto } from './dto/import-tokens.dto.js';
import { TokenImportDto } from './dto/token-import.dto.js';
import { TokenNamesDto } from './dto/token-names.dto.js';
import { TokenImportsService } from './token-imports.service.js';

@ApiTags('Tokens')
@Controller()
export class TokenImportsController {
  constructor(private readonly tokenImports: TokenImportsService) {}

  @Get('token-names')
  @Access('tokens:read')
  @Restricted('tokenName', { in: 'items', name: 'name' })
  @ApiOperation({
    operationId: 'listTokenNames',
    summary: 'List the names under which tokens can be imported',
    description: 'Safe to repeat at any time.',
  })
  @ApiOkResponse({ type: TokenNamesDto })
  @ApiProblems(...UPSTREAM_READ)
  names(@CurrentTenant() tenant: string): Promise<TokenNamesDto> {
    return this.tokenImports.names(tenant);
  }

  @Post('token-imports')
  @HttpCode(200)
  @Idempotent({ kind: 'token_import', key: 'required' })
  @Access('tokens:import')
  @Restricted('tokenName', { in: 'body', name: 'tokenName' })
  @ApiOperation({
    operationId: 'importTokens',
    summary: 'Import tokens under a name',
    description:
      'All tokens go in one call. Repeat it after `outcome: not_executed`; after `outcome: unknown` a repeat may ' +
      'import them twice, and the upstream has no way to look. Unknown names and duplicates are not documented by it.',
  })
  @ApiOkResponse({ type: TokenImportDto })
  @ApiProblems(...UPSTREAM_WRITE)
  import(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Body() body: ImportTokensDto,
  ): Promise<TokenImportDto> {
    return operation.run(() => this.tokenImports.import(tenant, body));
  }
}
