import { createHash } from 'node:crypto';
import type { Scope } from '../../src/config/scopes.js';
import type { CallerSettings } from '../../src/config/settings/caller.settings.js';
import type { Settings } from '../../src/config/settings/settings.js';
import { withRoomyLimits } from './roomy.limits.js';
import { DEFAULT_LIMIT, DEFAULT_WEIGHT } from '../../src/config/settings/access.settings.js';

/** Hands out vouchers and sees its own operations. */
export const CHECKOUT_KEY = 'tg_test_checkout';
/** Decides in the demo tenant, and asks for nothing. */
export const OPERATOR_KEY = 'tg_test_operator';
/** May do everything, for another tenant that leads to the same accounts at the upstreams. */
export const NEIGHBOUR_KEY = 'tg_test_neighbour';

/** Decides in both tenants. */
export const BOTH_KEY = 'tg_test_both';

/** May do everything but decide, beside the demo caller of the same tenant. */
export const COLLEAGUE_KEY = 'tg_test_colleague';

/** Adds the callers above, and the tenant of the last, to the demo's. */
export function withOperators(demo: Settings): Settings {
  const { tenants, callers } = demo;
  const tenant = tenants.get('demo');
  const everything = callers[0]?.scopes;
  if (!tenant || !everything) throw new Error('the demo settings have changed');
  return withRoomyLimits({
    ...demo,
    tenants: new Map([...tenants, ['other', { ...tenant, name: 'other' }]]),
    callers: [
      ...callers,
      caller('checkout', CHECKOUT_KEY, ['vouchers:handout', 'vouchers:read', 'operations:read']),
      caller('night-shift', OPERATOR_KEY, ['operations:read', 'operations:resolve', 'vouchers:read']),
      caller(
        'colleague',
        COLLEAGUE_KEY,
        [...everything].filter((scope) => scope !== 'operations:resolve'),
      ),
      {
        ...caller('both', BOTH_KEY, ['operations:read', 'operations:resolve', 'vouchers:handout']),
        tenants: ['demo', 'other'],
      },
      { ...caller('neighbour', NEIGHBOUR_KEY, [...everything]), tenants: ['other'] },
    ],
  });
}

function caller(name: string, key: string, scopes: readonly Scope[]): CallerSettings {
  return {
    name,
    tenants: ['demo'],
    scopes: new Set(scopes),
    keys: [{ sha256: createHash('sha256').update(key).digest() }],
    resources: {},
    limit: DEFAULT_LIMIT,
    weight: DEFAULT_WEIGHT,
  };
}
