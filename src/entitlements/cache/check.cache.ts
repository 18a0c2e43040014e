import { Injectable } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import type { SpidSettings } from '../../config/settings/spid.settings.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import type { CacheableRead } from '../../http/caching/cacheable.read.js';
import { problemOfError } from '../../http/problems/problem.of.error.js';
import { FenceUnavailableError, type UserFence } from '../../ledger/fence/user.fence.js';
import { UserFences } from '../../ledger/fence/user.fences.js';
import { FlightsOfClients, waitEndsAt } from '../../upstreams/coalescing/flights.js';
import type { SpidClient } from '../../upstreams/spid/spid.client.js';
import { EntitlementCheckDto } from '../dto/entitlement-check.dto.js';
import { CheckMetrics } from './check.metrics.js';
import {
  type Check,
  type FencedCheck,
  checkKeyOf,
  type Mark,
  forwardReasonOf,
  type ClientCache,
} from './fenced.check.js';
import {
  ageMs,
  allowedAges,
  endOfAccess,
  isCurrent,
  isWorthKeeping,
  jitterOf,
  type KeptCheck,
  type Moment,
  msLeft,
  servesOnError,
} from './check.freshness.js';
import { KeptChecks } from './kept.checks.js';

/** The spelling of a number by which a fence is read; other ids name users that the ledger cannot match (SPiD A8). */
const NUMERIC = /^[1-9]\d*$/;

/**
 * Serves checks from memory where the request allows it: no response is older than that, and none is older than a grant,
 * revocation or decision that any replica had responded to before the request. The fence of the user in the ledger shows
 * it: what was read at the vendor after a fence is current while a later read of the fence returns the same.
 */
@Injectable()
export class CheckCache {
  private readonly caches = new WeakMap<SpidClient, ClientCache>();
  readonly #flights = new FlightsOfClients<EntitlementCheckDto, Mark>();

  constructor(
    private readonly fences: UserFences,
    private readonly settings: SettingsSource,
    private readonly clock: Clock,
    private readonly metrics: CheckMetrics,
  ) {}

  /** @throws UpstreamError */
  check(read: CacheableRead, check: Check): Promise<EntitlementCheckDto> {
    const { maxAgeSeconds, staleIfErrorSeconds } = read.allows;
    if (maxAgeSeconds === 0 && staleIfErrorSeconds === 0) return this.#fresh(check);
    const spid = this.settings.current.tenants.get(read.tenant)?.spid;
    if (!spid || spid.cache.maxAgeSeconds === 0) return this.#bypass(read, check, 'off');
    if (!NUMERIC.test(check.userId)) return this.#bypass(read, check, 'id-not-numeric');
    return this.#fenced(read, check, spid);
  }

  async #fenced(read: CacheableRead, check: Check, settings: SpidSettings): Promise<EntitlementCheckDto> {
    let fence: UserFence;
    const beganMs = this.clock.monotonicMs();
    try {
      fence = await this.fences.read(check.client.account, check.userId);
    } catch (error) {
      if (!(error instanceof FenceUnavailableError)) throw error;
      return this.#bypass(read, check, 'fence-unavailable');
    } finally {
      this.metrics.fenceRead((this.clock.monotonicMs() - beganMs) / 1_000);
    }
    const cache = this.#cacheOf(check.client);
    const key = checkKeyOf(check);
    const now = this.#now();
    const kept = cache.kept.get(key);
    const ages = allowedAges(read.allows, settings.cache);
    if (kept && isCurrent(kept, fence, now)) {
      const leftMs = msLeft(kept, ages, now);
      if (leftMs >= 0) return this.#serve(read, kept, { leftMs, now });
    }
    const fenced = { check, read, key, fence, ages, now, kept, cache, settings };
    if (fence.isOpen) return this.#whileOpen(fenced);
    if (ages.granted === 0 || !read.allows.mayStore) return this.#alone(fenced);
    return this.#together(fenced);
  }

  #serve(
    read: CacheableRead,
    kept: KeptCheck,
    { leftMs, now, detail }: { leftMs: number; now: Moment; detail?: string },
  ): EntitlementCheckDto {
    const ageSeconds = ageMs(kept.askedAt, now) / 1_000;
    read.report({
      from: 'memory',
      ageSeconds: Math.floor(ageSeconds),
      ttlSeconds: Math.floor(leftMs / 1_000),
      ...(detail !== undefined && { detail }),
    });
    this.metrics.served(detail === undefined ? 'hit' : 'stale_if_error');
    this.metrics.aged(ageSeconds);
    return kept.body;
  }

  /** As without a cache. What is kept of an earlier check is now the older one. */
  async #fresh(check: Check): Promise<EntitlementCheckDto> {
    this.metrics.served('fresh');
    const { body } = await this.#ask(check);
    const kept = this.caches.get(check.client)?.kept;
    if (kept && kept.size > 0) kept.drop(checkKeyOf(check));
    return body;
  }

  async #bypass(read: CacheableRead, check: Check, detail: string): Promise<EntitlementCheckDto> {
    this.metrics.served('bypass');
    const { body } = await this.#ask(check);
    read.report({ from: 'vendor', reason: 'bypass', detail });
    return body;
  }

  /** A write of the user is under way: what is read now proves nothing about later. */
  async #whileOpen({ read, check }: FencedCheck): Promise<EntitlementCheckDto> {
    this.metrics.served('refused_fence');
    const { body } = await this.#ask(check);
    read.report({ from: 'vendor', reason: 'bypass', detail: 'write-under-way' });
    return body;
  }

  /** A check that allows no age joins no other, but an error of the vendor may be replaced by what is kept. */
  async #alone(fenced: FencedCheck): Promise<EntitlementCheckDto> {
    this.metrics.served('fresh');
    try {
      const { body, askedAt } = await this.#ask(fenced.check);
      const isStored = this.#keep(fenced, body, askedAt);
      fenced.read.report({ from: 'vendor', reason: forwardReasonOf(fenced), isStored });
      return body;
    } catch (error) {
      return this.#onError(fenced, error);
    }
  }

  async #together(fenced: FencedCheck): Promise<EntitlementCheckDto> {
    const { read, key, fence, ages, now, cache } = fenced;
    const current = cache.flights.get(key);
    const isCollapsed =
      current?.mark.revision === fence.revision && ageMs(current.mark.askedAt, now) <= ages.granted;
    const flight = isCollapsed ? current : this.#begin(fenced);
    const isChanged = fenced.kept !== undefined && fenced.kept.revision !== fence.revision;
    this.metrics.served(isCollapsed ? 'collapsed' : isChanged ? 'refused_fence' : 'miss');
    try {
      const body = await flight.wait(waitEndsAt(fenced.settings.timeouts.totalMs));
      const isStored = cache.kept.get(key)?.body === body;
      read.report({ from: 'vendor', reason: forwardReasonOf(fenced), isStored, isCollapsed });
      return body;
    } catch (error) {
      return this.#onError(fenced, error);
    }
  }

  #begin(fenced: FencedCheck) {
    const { check, key, fence, cache } = fenced;
    const mark = { revision: fence.revision, askedAt: this.#now() };
    const start = async () => {
      const { body, askedAt } = await this.#ask(check, mark.askedAt);
      this.#keep(fenced, body, askedAt);
      return body;
    };
    return cache.flights.begin(key, { upstream: 'spid', operation: 'product_get', start }, mark);
  }

  /** RFC 5861, 4: instead of a response of 500, 502, 503 or 504. */
  #onError({ read, kept, fence, ages }: FencedCheck, error: unknown): EntitlementCheckDto {
    const now = this.#now();
    if (!kept || problemOfError(error, false).status < 500 || !servesOnError(kept, fence, ages, now)) {
      throw error;
    }
    return this.#serve(read, kept, { leftMs: msLeft(kept, ages, now), now, detail: 'upstream-error' });
  }

  #keep(fenced: FencedCheck, body: EntitlementCheckDto, askedAt: Moment): boolean {
    const { key, fence, cache, read } = fenced;
    const limits = fenced.settings.cache;
    const check = {
      body,
      revision: fence.revision,
      askedAt,
      jitter: jitterOf(Math.random()),
      endsAtMs: endOfAccess(body, askedAt.wallMs),
    };
    if (!read.allows.mayStore || !isWorthKeeping(check, limits, this.#now())) {
      cache.kept.drop(key);
      return false;
    }
    cache.kept.keep(key, check, limits.entries);
    return true;
  }

  async #ask({ client, userId, productId, merchant }: Check, askedAt: Moment = this.#now()) {
    const access = await client.getProductAccess(userId, productId, { merchant });
    return { body: Object.freeze(EntitlementCheckDto.of(access, askedAt.wallMs)), askedAt };
  }

  #cacheOf(client: SpidClient): ClientCache {
    const known = this.caches.get(client);
    if (known) return known;
    const cache = { kept: new KeptChecks(), flights: this.#flights.of(client) };
    this.caches.set(client, cache);
    return cache;
  }

  #now(): Moment {
    return { monotonicMs: this.clock.monotonicMs(), wallMs: this.clock.now().getTime() };
  }
}
