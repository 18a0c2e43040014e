import type { RouteDocs } from '../http/openapi/documented.decorator.js';
import { EntitlementAccessDto } from './dto/entitlement-access.dto.js';
import { EntitlementsDto } from './dto/entitlements.dto.js';
import { SubscriptionsDto } from './dto/subscriptions.dto.js';

export const ENTITLEMENTS_DOCS = {
  check: {
    operationId: 'checkEntitlement',
    summary: 'Ask whether a user has a product',
    description:
      'A user without the product is an answer, not an error: 200 with `granted: false`. ' +
      'A subscription counts as access while it lasts. Safe to repeat at any time.',
    returns: EntitlementAccessDto,
    success: 'Whether the user has the product.',
    reads: 'upstream',
    problems: ['user-not-found'],
  },
  list: {
    operationId: 'listEntitlements',
    summary: 'List the products a user holds',
    description:
      'Digital content, bought or granted; subscriptions have a list of their own. Safe to repeat.',
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
    summary: 'Give a product to a user',
    description:
      'Grants a plain product; a subscription cannot be granted. The user has the product when this answers 200; one ' +
      'that the user has already is answered so, and nothing is sent. Safe to repeat, also without an ' +
      'Idempotency-Key: while the same request runs or has no known outcome, it is answered 409 or 504 with that ' +
      'operation. Another write on the same thing meanwhile is answered 409 with `outcome: not_executed`. Without ' +
      'snapshots (`evidence.snapshots: off`), a repeat after a success is sent again.',
    returns: EntitlementAccessDto,
    success: 'The user has the product.',
    problems: ['user-not-found'],
  },
  revoke: {
    operationId: 'revokeEntitlement',
    summary: 'Take a product from a user',
    description:
      'Revokes a plain product; a subscription cannot be revoked. Answers 200 with `granted: false` once it is gone, ' +
      'and when it was not there: nothing is sent then. Safe to repeat as a grant is.',
    returns: EntitlementAccessDto,
    success: 'The user does not have the product any more.',
    problems: ['user-not-found'],
  },
} as const satisfies Record<string, RouteDocs>;
