import { Injectable } from '@nestjs/common';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import type { ImportTokensDto } from './dto/import-tokens.dto.js';
import type { TokenImportDto } from './dto/token-import.dto.js';
import { TokenNamesDto } from './dto/token-names.dto.js';

/** Imports tokens of another system to SPiD (SPiD B15, B16). */
@Injectable()
export class TokenImportsService {
  constructor(private readonly clients: SpidClients) {}

  async names(tenant: string): Promise<TokenNamesDto> {
    return TokenNamesDto.from(await this.clients.of(tenant).listTokenNames());
  }

  async import(tenant: string, { tokenName, tokens }: ImportTokensDto): Promise<TokenImportDto> {
    await this.clients.of(tenant).importTokens(tokenName, tokens);
    return { tokenName, imported: tokens.length };
  }
}
