import { Controller, Delete, Get, Put } from '@nestjs/common';
import { Access } from '../http/auth/access.decorator.js';
import { CurrentTenant } from '../http/auth/caller.js';
import { Restricted } from '../http/auth/restrictions/restricted.decorator.js';
import { CacheableRead } from '../http/caching/cacheable.read.js';
import { CurrentRead } from '../http/caching/current.read.js';
import { idParam } from '../http/fields/id-param.decorator.js';
import { CurrentOperation } from '../http/idempotency/current.operation.js';
import { Idempotent } from '../http/idempotency/idempotent.decorator.js';
import { IdempotentRun } from '../http/idempotency/idempotent.run.js';
import { Documented } from '../http/openapi/documented.decorator.js';
import { CheckEntitlementQueryDto } from './dto/check-entitlement-query.dto.js';
import { EntitlementAccessDto } from './dto/entitlement-access.dto.js';
import { EntitlementCheckDto } from './dto/entitlement-check.dto.js';
import { EntitlementsDto } from './dto/entitlements.dto.js';
import { ListEntitlementsQueryDto } from './dto/list-entitlements-query.dto.js';
import { SubscriptionsDto } from './dto/subscriptions.dto.js';
import { ENTITLEMENTS_DOCS } from './entitlements.docs.js';
import { EntitlementsService } from './entitlements.service.js';
import { ENTITLEMENT_GRANT, ENTITLEMENT_REVOKE } from './entitlements.writes.js';
import { ValidQuery } from '../http/problems/valid.input.js';

const UserId = idParam('userId', {
  description: 'The numeric id or the UUID of the user.',
  example: '938029',
});
const ProductId = idParam('productId', { description: 'Id of the product.', example: '1337' });
const ProductIdOrAlias = idParam('productId', {
  description: 'Id of the product, or its alias with `scope=merchant`.',
  example: '1337',
});

@Documented('Entitlements', ENTITLEMENTS_DOCS)
@Controller('users/:userId')
export class EntitlementsController {
  constructor(private readonly entitlements: EntitlementsService) {}

  @Get('entitlements/:productId')
  @Access('entitlements:read')
  @Restricted({ product: { in: 'path', name: 'productId' } })
  check(
    @CurrentRead('kept') read: CacheableRead,
    @UserId() userId: string,
    @ProductIdOrAlias() productId: string,
    @ValidQuery() query: CheckEntitlementQueryDto,
  ): Promise<EntitlementCheckDto> {
    return this.entitlements.check(read, userId, productId, query);
  }

  @Get('entitlements')
  @Access('entitlements:read')
  @Restricted({ product: { in: 'items', name: 'productId' } })
  list(
    @CurrentTenant() tenant: string,
    @UserId() userId: string,
    @ValidQuery() query: ListEntitlementsQueryDto,
  ): Promise<EntitlementsDto> {
    return this.entitlements.list(tenant, userId, query);
  }

  @Get('subscriptions')
  @Access('entitlements:read')
  @Restricted({ product: { in: 'items', name: 'productId' } })
  listSubscriptions(@CurrentTenant() tenant: string, @UserId() userId: string): Promise<SubscriptionsDto> {
    return this.entitlements.listSubscriptions(tenant, userId);
  }

  @Put('entitlements/:productId')
  @Idempotent({ write: ENTITLEMENT_GRANT, key: 'optional' })
  @Access('entitlements:write')
  @Restricted({ product: { in: 'path', name: 'productId' } })
  grant(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @UserId() userId: string,
    @ProductId() productId: string,
  ): Promise<EntitlementAccessDto> {
    return operation.run(() => this.entitlements.grant(tenant, userId, productId));
  }

  @Delete('entitlements/:productId')
  @Idempotent({ write: ENTITLEMENT_REVOKE, key: 'optional' })
  @Access('entitlements:write')
  @Restricted({ product: { in: 'path', name: 'productId' } })
  revoke(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @UserId() userId: string,
    @ProductId() productId: string,
  ): Promise<EntitlementAccessDto> {
    return operation.run(() => this.entitlements.revoke(tenant, userId, productId));
  }
}
