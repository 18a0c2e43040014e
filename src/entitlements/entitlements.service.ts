import { Injectable } from '@nestjs/common';
import type { CacheableRead } from '../http/caching/cacheable.read.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import { CheckCache } from './cache/check.cache.js';
import type { CheckEntitlementQueryDto } from './dto/check-entitlement-query.dto.js';
import { EntitlementAccessDto } from './dto/entitlement-access.dto.js';
import type { EntitlementCheckDto } from './dto/entitlement-check.dto.js';
import { EntitlementsDto } from './dto/entitlements.dto.js';
import type { ListEntitlementsQueryDto } from './dto/list-entitlements-query.dto.js';
import { SubscriptionsDto } from './dto/subscriptions.dto.js';

/** Products and subscriptions of a user. Failures are UpstreamErrors; the problem filter translates them. */
@Injectable()
export class EntitlementsService {
  constructor(
    private readonly spid: SpidClients,
    private readonly cache: CheckCache,
  ) {}

  check(
    read: CacheableRead,
    userId: string,
    productId: string,
    { scope }: CheckEntitlementQueryDto,
  ): Promise<EntitlementCheckDto> {
    const client = this.spid.of(read.tenant);
    return this.cache.check(read, { client, userId, productId, merchant: scope === 'merchant' });
  }

  async list(tenant: string, userId: string, { status }: ListEntitlementsQueryDto): Promise<EntitlementsDto> {
    return EntitlementsDto.from(await this.spid.of(tenant).listEntitlements(userId, status));
  }

  async listSubscriptions(tenant: string, userId: string): Promise<SubscriptionsDto> {
    return SubscriptionsDto.from(await this.spid.of(tenant).listSubscriptions(userId));
  }

  async grant(tenant: string, userId: string, productId: string): Promise<EntitlementAccessDto> {
    return EntitlementAccessDto.from(await this.spid.of(tenant).grantProduct(userId, productId));
  }

  async revoke(tenant: string, userId: string, productId: string): Promise<EntitlementAccessDto> {
    await this.spid.of(tenant).revokeProduct(userId, productId);
    return EntitlementAccessDto.revoked(productId);
  }
}
