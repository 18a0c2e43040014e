import { Injectable } from '@nestjs/common';
import type { CacheableRead } from '../http/caching/cacheable.read.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import type { ImportTokensDto } from './dto/import-tokens.dto.js';
import type { TokenImportDto } from './dto/token-import.dto.js';
import { TokenNamesDto } from './dto/token-names.dto.js';
import { SharedReads } from './shared.reads.js';

/** Imports tokens of another system to SPiD (SPiD B15, B16). */
@Injectable()
export class TokenImportsService {
  constructor(
    private readonly clients: SpidClients,
    private readonly shared: SharedReads,
  ) {}

  /** An import may make a new name (SPiD B16). */
  async names(read: CacheableRead): Promise<TokenNamesDto> {
    const client = this.clients.of(read.tenant);
    const list = { client, upstream: 'spid', operation: 'injectable_names', changes: true } as const;
    return TokenNamesDto.from(await this.shared.list(read, { ...list, list: () => client.listTokenNames() }));
  }

  async import(tenant: string, { tokenName, tokens }: ImportTokensDto): Promise<TokenImportDto> {
    await this.clients.of(tenant).importTokens(tokenName, tokens);
    return { tokenName, imported: tokens.length };
  }
}
