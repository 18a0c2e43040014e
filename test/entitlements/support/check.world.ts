import { Clock } from '../../../src/config/clock.js';
import type { LedgerSettings } from '../../../src/config/settings/ledger.settings.js';
import { SpidCache, SpidSettings } from '../../../src/config/settings/spid.settings.js';
import { SettingsSource } from '../../../src/config/settings/settings.source.js';
import type { CacheDirectives } from '../../../src/http/caching/cache.directives.js';
import type { CacheableRead } from '../../../src/http/caching/cacheable.read.js';
import type { CacheStatus } from '../../../src/http/caching/cache.status.js';
import { FenceUnavailableError } from '../../../src/ledger/fence/user.fence.js';
import type { UserFences } from '../../../src/ledger/fence/user.fences.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import type { SpidClient } from '../../../src/upstreams/spid/spid.client.js';
import type { ProductAccess } from '../../../src/upstreams/spid/spid.types.js';
import { NoTrustworthyResponseError } from '../../../src/upstreams/transport/upstream.errors.js';
import { CheckCache } from '../../../src/entitlements/cache/check.cache.js';
import { CheckMetrics } from '../../../src/entitlements/cache/check.metrics.js';

/** What differs from the usual world. Probabilities from 0 to 1, times in seconds. */
export interface Change {
  readonly failing?: number;
  readonly fenceAway?: number;
  readonly staleIfError?: number;
  readonly entries?: number;
  readonly products?: number;
  readonly granted?: boolean;
  readonly notGranted?: number;
}

interface OneCheck {
  readonly replica?: number;
  readonly client?: number;
  readonly userId?: string;
  readonly productId?: string;
  readonly merchant?: boolean;
  readonly allows?: CacheDirectives;
}

interface Write {
  claimed: boolean;
  settled: boolean;
  seq: number;
  version: number;
}

const TENANT = 'demo';
const MAX_AGE = 40;
const REPLICAS = 3;

class WorldClock extends Clock {
  seconds = 1_000;
  wallOffset = 0;

  override now(): Date {
    return new Date((this.seconds + this.wallOffset) * 1_000);
  }

  override monotonicMs(): number {
    return this.seconds * 1_000;
  }
}

/**
 * Three caches over one ledger and one vendor, in steps of a second. Each value of the vendor has a version, and each
 * response contains the version and the second at which its call began; the ledger settles writes late or never on time.
 */
export class CheckWorld {
  readonly violations: string[] = [];
  hits = 0;
  checks = 0;
  vendorCalls = 0;
  keptMost = 0;
  readonly #clock = new WorldClock();
  readonly #caches: CheckCache[];
  readonly #clients: SpidClient[];
  readonly #writes: Write[] = [];
  readonly #later: { readonly at: number; readonly act: () => void }[] = [];
  readonly #history = [{ at: 0, version: 0 }];
  #sequence = 0;
  /** Newest version that a write has returned. */
  #responded = 0;
  #isDirect = false;
  #random: number;

  constructor(
    seed: number,
    private readonly change: Change,
  ) {
    this.#random = seed;
    const limits = { maxAgeSeconds: MAX_AGE, notGrantedMaxAgeSeconds: change.notGranted ?? 0 };
    const cache = Object.assign(new SpidCache(), limits, { entries: change.entries ?? 50 });
    const spid = Object.assign(new SpidSettings(), { cache });
    const settings = new SettingsSource({
      tenants: new Map([[TENANT, { name: TENANT, spid }]]),
      callers: [],
      issuers: [],
      ledger: {} as LedgerSettings,
      trustedProxies: [],
    });
    const fences = { read: () => this.#fence() } as unknown as UserFences;
    this.#caches = Array.from(
      { length: REPLICAS },
      () => new CheckCache(fences, settings, this.#clock, new CheckMetrics(new Metrics())),
    );
    this.#clients = ['one', 'two'].map((account) => {
      const getProductAccess = () => this.#askVendor(account);
      return { account, getProductAccess } as unknown as SpidClient;
    });
  }

  get flightsLeft(): number {
    return this.#clientCaches().reduce((sum, { flights }) => sum + flights.size, 0);
  }

  /** Random writes, checks, purchases for so many seconds, and then until everything has ended. */
  async run(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      if (this.#chance(0.015)) this.#write();
      if (this.#chance(0.02)) this.#effect();
      if (this.#chance(0.5)) this.#check();
      if (this.#chance(0.2)) this.#check();
      await this.#tick();
    }
    while (this.#later.length > 0) await this.#tick();
  }

  /** One check with a vendor that responds at once, and how it was served. */
  async checkNow(check: OneCheck): Promise<CacheStatus | undefined> {
    this.#isDirect = true;
    let status: CacheStatus | undefined;
    const allows = check.allows ?? { maxAgeSeconds: 10, staleIfErrorSeconds: 0, mayStore: true };
    const read = { tenant: TENANT, allows, report: (reported: CacheStatus) => (status = reported) };
    await this.#send(read as unknown as CacheableRead, check);
    return status;
  }

  pass(seconds: number): void {
    this.#clock.seconds += seconds;
  }

  /** @param offset seconds from where it would be */
  setWallClock(offset: number): void {
    this.#clock.wallOffset = offset;
  }

  #send(read: CacheableRead, check: OneCheck) {
    const { replica = 0, client = 0, userId = '42', productId = '1337', merchant = false } = check;
    return this.#caches[replica]!.check(read, {
      client: this.#clients[client]!,
      userId,
      productId,
      merchant,
    });
  }

  #check(): void {
    const began = this.#clock.seconds;
    const responded = this.#responded;
    const maxAge = this.#pick([0, 5, MAX_AGE]);
    const staleIfError = this.change.staleIfError ?? 0;
    const oldest = this.#history.findLast(({ at }) => at <= began - maxAge)?.version ?? 0;
    let status: CacheStatus | undefined;
    const read = {
      tenant: TENANT,
      allows: { maxAgeSeconds: maxAge, staleIfErrorSeconds: staleIfError, mayStore: true },
      report: (reported: CacheStatus) => (status = reported),
    } as unknown as CacheableRead;
    const client = Number(this.#chance(0.2));
    const productId = String(1 + Math.floor(this.#next() * (this.change.products ?? 1)));
    this.checks += 1;
    const served = this.#send(read, { replica: Math.floor(this.#next() * REPLICAS), client, productId });
    const judge = (access: { readonly subscription: ProductAccess['subscription'] }) => {
      const { account, version, asked, ends } = partsOf(access);
      const isHit = status?.from === 'memory';
      if (isHit) this.hits += 1;
      const isStale = isHit && status?.detail === 'upstream-error';
      const report = (what: string) => this.violations.push(`${what} at ${began}, ${JSON.stringify(status)}`);
      if (account !== this.#clients[client]!.account) report('of another account');
      if (version < responded) report(`version ${version}, and the response of ${responded} was sent`);
      if (!isStale && version < oldest) report(`version ${version}, and ${maxAge} s allow ${oldest}`);
      if (isStale && began - asked > maxAge + staleIfError) report('too old for an error');
      if (maxAge === 0 && !isStale && asked < began) report('read before its request');
      if (isHit && this.#clock.seconds >= ends && ends > 0) report('after the end of the access');
      if (status?.from === 'memory' && !isStale && status.ageSeconds > maxAge) report('Age above max-age');
    };
    served.then(judge, (error: unknown) => {
      if (!(error instanceof NoTrustworthyResponseError)) this.violations.push(String(error));
    });
  }

  #askVendor(account: string): Promise<ProductAccess> {
    const asked = this.#clock.seconds;
    this.vendorCalls += 1;
    let version = this.#history.at(-1)!.version;
    const ends = this.#chance(0.1) ? asked + 1 + Math.floor(this.#next() * 20) : 0;
    if (this.#isDirect) return Promise.resolve(this.#access(account, version, [asked, ends]));
    const fails = this.#chance(this.change.failing ?? 0);
    const arrival = this.#chance(0.5) ? 1 : 8;
    this.#at(arrival, () => (version = this.#history.at(-1)!.version));
    return new Promise((resolve, reject) => {
      this.#at(arrival + Math.floor(this.#next() * 20), () => {
        const details = { upstream: 'spid', operation: 'product_get', reason: 'down' } as const;
        if (fails) reject(new NoTrustworthyResponseError('lost', details));
        else resolve(this.#access(account, version, [asked, ends]));
      });
    });
  }

  #access(account: string, version: number, [asked, ends]: readonly [number, number]): ProductAccess {
    if (this.change.granted === false) return { productId: '1337', granted: false, subscription: null };
    const expiresAt = ends === 0 ? null : new Date(ends * 1_000).toISOString();
    const subscriptionId = [account, version, asked, ends].join(':');
    const subscription = {
      subscriptionId,
      startsAt: null,
      expiresAt,
      autoRenew: false,
      gracePeriodSeconds: null,
    };
    return { productId: '1337', granted: true, subscription };
  }

  /** Claimed, then sent; the response may be lost, and the ledger may learn of the end only later than the caller. */
  #write(): void {
    const write: Write = { claimed: false, settled: false, seq: 0, version: 0 };
    this.#writes.push(write);
    const number = () => (write.seq = this.#sequence += 1);
    this.#at(1, () => {
      write.claimed = true;
      number();
      const effect = 1 + Math.floor(this.#next() * 15);
      const isLost = this.#chance(0.25);
      if (!isLost || this.#chance(0.5)) this.#at(effect, () => (write.version = this.#effect()));
      const isLate = this.#chance(0.3);
      const responseAt = isLost ? 60 : effect + 1;
      if (isLost) this.#at(30, number);
      this.#at(responseAt, () => {
        if (isLate) this.#responded = Math.max(this.#responded, write.version);
      });
      this.#at(responseAt + (isLate ? 30 : 1), () => {
        write.settled = true;
        number();
        this.#responded = Math.max(this.#responded, write.version);
      });
    });
  }

  /** A change at the vendor, by a write or by a purchase there. */
  #effect(): number {
    const version = this.#history.at(-1)!.version + 1;
    this.#history.push({ at: this.#clock.seconds, version });
    return version;
  }

  #fence() {
    if (this.#chance(this.change.fenceAway ?? 0)) return Promise.reject(new FenceUnavailableError('gone'));
    return Promise.resolve({
      isOpen: this.#writes.some(({ claimed, settled }) => claimed && !settled),
      revision: String(Math.max(0, ...this.#writes.map(({ seq }) => seq))),
    });
  }

  async #tick(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#clock.seconds += 1;
    const due = this.#later.filter(({ at }) => at <= this.#clock.seconds);
    for (const each of due) this.#later.splice(this.#later.indexOf(each), 1);
    for (const { act } of due.toSorted((one, other) => one.at - other.at)) act();
    await new Promise((resolve) => setImmediate(resolve));
    this.keptMost = Math.max(this.keptMost, ...this.#clientCaches().map(({ kept }) => kept.size));
  }

  #clientCaches() {
    return this.#caches.flatMap((cache) =>
      this.#clients.flatMap((client) => cache['caches'].get(client) ?? []),
    );
  }

  #at(seconds: number, act: () => void): void {
    this.#later.push({ at: this.#clock.seconds + seconds, act });
  }

  #chance(probability: number): boolean {
    return this.#next() < probability;
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#next() * values.length)] as T;
  }

  /** From 0 to 1. */
  #next(): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#random / 2 ** 32;
  }
}

function partsOf({ subscription }: Pick<ProductAccess, 'subscription'>) {
  const [account, version, asked, ends] = (subscription?.subscriptionId ?? '').split(':');
  return { account, version: Number(version), asked: Number(asked), ends: Number(ends) };
}
