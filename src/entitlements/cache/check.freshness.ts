import type { SpidCache } from '../../config/settings/spid.settings.js';
import type { CacheDirectives } from '../../http/caching/cache.directives.js';
import type { UserFence } from '../../ledger/fence/user.fence.js';
import type { EntitlementCheckDto } from '../dto/entitlement-check.dto.js';

/** One moment on two clocks: the monotonic one stands still while a machine sleeps, the other one can be set back. */
export interface Moment {
  readonly monotonicMs: number;
  /** Since 1970. */
  readonly wallMs: number;
}

/** The result of a check with what is needed to decide whether it may be used again. */
export interface KeptCheck {
  /** Shared by all responses: never changed. */
  readonly body: EntitlementCheckDto;
  /** Of the fence before the vendor was asked. */
  readonly revision: string;
  /** Before the vendor was asked. */
  readonly askedAt: Moment;
  /** Part of any allowed age after which this result counts as too old, so that not all kept at once are read again at once. */
  readonly jitter: number;
  /** When the access ends, in milliseconds since 1970; Infinity where it does not. */
  readonly endsAtMs: number;
}

/** What one request allows, within the settings of its tenant. Milliseconds. */
export interface AllowedAges {
  /** By whether the result is `granted`. */
  readonly granted: number;
  readonly notGranted: number;
  /** After `granted`, when the vendor fails. */
  readonly staleIfError: number;
}

/** Smallest part of an allowed age that is used. */
const JITTER_MIN = 0.9;

export function allowedAges(wish: CacheDirectives, limits: SpidCache): AllowedAges {
  const { maxAgeSeconds, staleIfErrorSeconds } = wish;
  return {
    granted: Math.min(maxAgeSeconds, limits.maxAgeSeconds) * 1_000,
    notGranted: Math.min(maxAgeSeconds, limits.maxAgeSeconds, limits.notGrantedMaxAgeSeconds) * 1_000,
    staleIfError: Math.min(staleIfErrorSeconds, limits.maxAgeSeconds) * 1_000,
  };
}

/** The longer of the times that the two clocks show. */
export function ageMs(askedAt: Moment, now: Moment): number {
  return Math.max(0, now.monotonicMs - askedAt.monotonicMs, now.wallMs - askedAt.wallMs);
}

/** Milliseconds for which the result may still be used as fresh; negative when it may not. */
export function msLeft(kept: KeptCheck, ages: AllowedAges, now: Moment): number {
  const allowedMs = (kept.body.granted ? ages.granted : ages.notGranted) * kept.jitter;
  return allowedMs - ageMs(kept.askedAt, now);
}

/** Nothing has changed the access since the vendor was asked, as far as the ledger and the result show. */
export function isCurrent(kept: KeptCheck, fence: UserFence, now: Moment): boolean {
  return !fence.isOpen && fence.revision === kept.revision && now.wallMs < kept.endsAtMs;
}

/** Whether the result may be used in place of an error of the vendor. */
export function servesOnError(kept: KeptCheck, fence: UserFence, ages: AllowedAges, now: Moment): boolean {
  return (
    kept.body.granted &&
    ages.staleIfError > 0 &&
    isCurrent(kept, fence, now) &&
    ageMs(kept.askedAt, now) <= ages.granted + ages.staleIfError
  );
}

/** Whether any request could use the result later. */
export function isWorthKeeping({ body, endsAtMs }: KeptCheck, limits: SpidCache, now: Moment): boolean {
  const maxAgeSeconds = body.granted ? limits.maxAgeSeconds : limits.notGrantedMaxAgeSeconds;
  return maxAgeSeconds > 0 && limits.maxAgeSeconds > 0 && now.wallMs < endsAtMs;
}

/**
 * When the access of a result ends: with its subscription, or with the next of its ends where the paid period is over. A
 * subscription whose ends have all passed may end at any moment.
 */
export function endOfAccess({ subscription }: EntitlementCheckDto, askedAtMs: number): number {
  if (!subscription || subscription.expiresAt === null) return Infinity;
  const expiresAtMs = Date.parse(subscription.expiresAt);
  const graceEndMs = expiresAtMs + (subscription.gracePeriodSeconds ?? 0) * 1_000;
  if (expiresAtMs > askedAtMs) return expiresAtMs;
  return graceEndMs > askedAtMs ? graceEndMs : askedAtMs;
}

/** @param random from 0 to 1 */
export function jitterOf(random: number): number {
  return JITTER_MIN + (1 - JITTER_MIN) * random;
}
