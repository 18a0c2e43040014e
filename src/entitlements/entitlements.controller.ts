import { Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../http/auth/access.decorator.js';
import { CurrentTenant } from '../http/auth/caller.js';
import { Restricted } from '../http/auth/restricted.decorator.js';
import { ApiIdParam } from '../http/fields/api-id-param.decorator.js';
import { ID_LENGTH_MAX } from '../http/fields/fields.js';
import { IdPipe } from '../http/fields/id.pipe.js';
import { Idempotent } from '../http/operations/idempotent.decorator.js';
import { CurrentOperation } from '../http/operations/operation.interceptor.js';
import { OperationRun } from '../http/operations/operation.run.js';
import { ApiProblems } from '../http/problems/api-problems.decorator.js';
import { UPSTREAM_PREPARED_WRITE, UPSTREAM_READ } from '../http/problems/upstream.slugs.js';
import { CheckEntitlementQueryDto } from './dto/check-entitlement-query.dto.js';
import { EntitlementAccessDto } from './dto/entitlement-access.dto.js';
import { EntitlementsDto } from './dto/entitlements.dto.js';
import { ListEntitlementsQueryDto } from './dto/list-entitlements-query.dto.js';
import { SubscriptionsDto } from './dto/subscriptions.dto.js';
import { EntitlementsService } from './entitlements.service.js';

const USER_ID = new IdPipe('userId', ID_LENGTH_MAX);
const PRODUCT_ID = new IdPipe('productId', ID_LENGTH_MAX);

@ApiTags('Entitlements')
@ApiIdParam('userId', 'The numeric id or the UUID of the user.', '938029')
@Controller('users/:userId')
export class EntitlementsController {
  constructor(private readonly entitlements: EntitlementsService) {}

  @Get('entitlements/:productId')
  @Access('entitlements:read')
  @Restricted('product', { in: 'path', name: 'productId' })
  @ApiOperation({
    operationId: 'checkEntitlement',
    summary: 'Ask whether a user has a product',
    description:
      'A user without the product is an answer, not an error: 200 with `granted: false`. ' +
      'A subscription counts as access while it lasts. Safe to repeat at any time.',
  })
  @ApiIdParam('productId', 'Id of the product, or its alias with `scope=merchant`.', '1337')
  @ApiOkResponse({ description: 'Whether the user has the product.', type: EntitlementAccessDto })
  @ApiProblems(...UPSTREAM_READ, 'user-not-found', 'product-not-found')
  check(
    @CurrentTenant() tenant: string,
    @Param('userId', USER_ID) userId: string,
    @Param('productId', PRODUCT_ID) productId: string,
    @Query() query: CheckEntitlementQueryDto,
  ): Promise<EntitlementAccessDto> {
    return this.entitlements.check(tenant, userId, productId, query);
  }

  @Get('entitlements')
  @Access('entitlements:read')
  @Restricted('product', { in: 'items', name: 'productId' })
  @ApiOperation({
    operationId: 'listEntitlements',
    summary: 'List the products a user holds',
    description:
      'Digital content, bought or granted; subscriptions have a list of their own. Safe to repeat.',
  })
  @ApiOkResponse({ description: 'The products the user holds.', type: EntitlementsDto })
  @ApiProblems(...UPSTREAM_READ, 'user-not-found')
  list(
    @CurrentTenant() tenant: string,
    @Param('userId', USER_ID) userId: string,
    @Query() query: ListEntitlementsQueryDto,
  ): Promise<EntitlementsDto> {
    return this.entitlements.list(tenant, userId, query);
  }

  @Get('subscriptions')
  @Access('entitlements:read')
  @Restricted('product', { in: 'items', name: 'productId' })
  @ApiOperation({
    operationId: 'listSubscriptions',
    summary: 'List the subscriptions of a user',
    description: "Only subscriptions sold through the tenant's own client. Safe to repeat.",
  })
  @ApiOkResponse({ description: 'The subscriptions of the user.', type: SubscriptionsDto })
  @ApiProblems(...UPSTREAM_READ, 'user-not-found')
  listSubscriptions(
    @CurrentTenant() tenant: string,
    @Param('userId', USER_ID) userId: string,
  ): Promise<SubscriptionsDto> {
    return this.entitlements.listSubscriptions(tenant, userId);
  }

  @Put('entitlements/:productId')
  @Idempotent({ kind: 'entitlement_grant', key: 'optional' })
  @Access('entitlements:write')
  @Restricted('product', { in: 'path', name: 'productId' })
  @ApiOperation({
    operationId: 'grantEntitlement',
    summary: 'Give a product to a user',
    description:
      'Grants a plain product; a subscription cannot be granted. The user has the product when this answers 200; one ' +
      'that the user has already is answered so, and nothing is sent. Safe to repeat, also without an ' +
      'Idempotency-Key: while the same request runs or has no known outcome, it is answered 409 or 504 with that ' +
      'operation. Another write on the same thing meanwhile is answered 409 with `outcome: not_executed`. Without ' +
      'snapshots (`evidence.snapshots: off`), a repeat after a success is sent again.',
  })
  @ApiIdParam('productId', 'Id of the product.', '1337')
  @ApiOkResponse({ description: 'The user has the product.', type: EntitlementAccessDto })
  @ApiProblems(...UPSTREAM_PREPARED_WRITE, 'user-not-found', 'product-not-found')
  grant(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Param('userId', USER_ID) userId: string,
    @Param('productId', PRODUCT_ID) productId: string,
  ): Promise<EntitlementAccessDto> {
    return operation.run(() => this.entitlements.grant(tenant, userId, productId));
  }

  @Delete('entitlements/:productId')
  @Idempotent({ kind: 'entitlement_revoke', key: 'optional' })
  @Access('entitlements:write')
  @Restricted('product', { in: 'path', name: 'productId' })
  @ApiOperation({
    operationId: 'revokeEntitlement',
    summary: 'Take a product from a user',
    description:
      'Revokes a plain product; a subscription cannot be revoked. Answers 200 with `granted: false` once it is gone, ' +
      'and when it was not there: nothing is sent then. Safe to repeat as a grant is.',
  })
  @ApiIdParam('productId', 'Id of the product.', '1337')
  @ApiOkResponse({ description: 'The user does not have the product any more.', type: EntitlementAccessDto })
  @ApiProblems(...UPSTREAM_PREPARED_WRITE, 'user-not-found', 'product-not-found')
  revoke(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Param('userId', USER_ID) userId: string,
    @Param('productId', PRODUCT_ID) productId: string,
  ): Promise<EntitlementAccessDto> {
    return operation.run(() => this.entitlements.revoke(tenant, userId, productId));
  }
}
