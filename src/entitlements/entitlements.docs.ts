import type { RouteDocs } from '../http/openapi/documented.decorator.js';
import { EntitlementAccessDto } from './dto/entitlement-access.dto.js';
import { EntitlementCheckDto } from './dto/entitlement-check.dto.js';
import { EntitlementsDto } from './dto/entitlements.dto.js';
import { SubscriptionsDto } from './dto/subscriptions.dto.js';

export const ENTITLEMENTS_DOCS = {
  check: {
    operationId: 'checkEntitlement',
    summary: 'Check whether a user has a product',
    description:
      'A user without the product is not an error: the response is 200 with `granted: false`. A subscription ' +
      'counts as access while it lasts. Safe to repeat at any time. With `Cache-Control: max-age`, or where the ' +
      'settings of the caller allow it, the response may come from memory: `asOf` is when the upstream was asked. ' +
      'It is never older than a grant or revocation of the user whose response was sent before the request.',
    returns: EntitlementCheckDto,
    success: 'Whether the user has the product.',
    reads: 'upstream',
    problems: ['user-not-found'],
  },
  list: {
    operationId: 'listEntitlements',
    summary: 'List the products a user holds',
    description: 'Digital content, bought or granted; subscriptions are listed separately. Safe to repeat.',
    returns: EntitlementsDto,
    success: 'The products the user holds.',
    reads: 'upstream',
    problems: ['user-not-found'],
  },
  listSubscriptions: {
    operationId: 'listSubscriptions',
    summary: 'List the subscriptions of a user',
    description: "Only subscriptions sold through the tenant's own client. Safe to repeat.",
    returns: SubscriptionsDto,
    success: 'The subscriptions of the user.',
    reads: 'upstream',
    problems: ['user-not-found'],
  },
  grant: {
    operationId: 'grantEntitlement',
    summary: 'Grant a product to a user',
    description:
      'Grants a plain product; a subscription cannot be granted. 200 means that the user has the product. If ' +
      'the user has it already, the response is 200 as well and nothing is sent to the upstream. Safe to ' +
      'repeat, also without an Idempotency-Key: while the same request is running or its outcome is unknown, ' +
      'a repeat returns 409 or 504 with that operation. Any other write on the same user and product returns ' +
      '409 with `outcome: not_executed` during that time. With `evidence.snapshots: off`, a repeat after a ' +
      'success is sent to the upstream again.',
    returns: EntitlementAccessDto,
    success: 'The user has the product.',
    problems: ['user-not-found'],
  },
  revoke: {
    operationId: 'revokeEntitlement',
    summary: 'Revoke a product from a user',
    description:
      'Revokes a plain product; a subscription cannot be revoked. Returns 200 with `granted: false` once it ' +
      'is revoked. If the user did not have it, the response is the same and nothing is sent to the ' +
      'upstream. Safe to repeat under the same conditions as a grant.',
    returns: EntitlementAccessDto,
    success: 'The user no longer has the product.',
    problems: ['user-not-found'],
  },
} as const satisfies Record<string, RouteDocs>;
