import type { SpidSettings } from '../../config/settings/spid.settings.js';
import type { CacheableRead } from '../../http/caching/cacheable.read.js';
import type { ForwardReason } from '../../http/caching/cache.status.js';
import type { UserFence } from '../../ledger/fence/user.fence.js';
import type { Flights } from '../../upstreams/coalescing/flights.js';
import type { SpidClient } from '../../upstreams/spid/spid.client.js';
import type { EntitlementCheckDto } from '../dto/entitlement-check.dto.js';
import { ageMs, type AllowedAges, isCurrent, type KeptCheck, type Moment } from './check.freshness.js';
import type { KeptChecks } from './kept.checks.js';

/** One check of one request. */
export interface Check {
  readonly client: SpidClient;
  readonly userId: string;
  readonly productId: string;
  /** `productId` is an alias (SPiD B1). */
  readonly merchant: boolean;
}

/** What the checks of one client share. A client has one account and one set of credentials, so no others ever see it. */
export interface ClientCache {
  readonly kept: KeptChecks;
  readonly flights: Flights<EntitlementCheckDto, Mark>;
}

/** Of a flight: what was known before the vendor was asked. */
export interface Mark {
  readonly revision: string;
  readonly askedAt: Moment;
}

/** A check whose fence has been read. */
export interface FencedCheck {
  readonly check: Check;
  readonly read: CacheableRead;
  readonly key: string;
  readonly fence: UserFence;
  readonly ages: AllowedAges;
  /** After the fence was read. */
  readonly now: Moment;
  readonly kept: KeptCheck | undefined;
  readonly cache: ClientCache;
  readonly settings: SpidSettings;
}

/** A product id and an alias may be spelled alike. */
export function checkKeyOf({ userId, productId, merchant }: Check): string {
  return `${merchant ? 'm' : 'p'}${userId}/${productId}`;
}

/** `request`: what is kept would do within the limits of the tenant, but is older than this request allows. */
export function forwardReasonOf({ kept, fence, settings, now }: FencedCheck): ForwardReason {
  if (!kept) return 'uri-miss';
  const maxAgeMs = settings.cache.maxAgeSeconds * 1_000;
  return isCurrent(kept, fence, now) && ageMs(kept.askedAt, now) <= maxAgeMs ? 'request' : 'stale';
}
