import { createLocalJWKSet, type CryptoKey, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { IssuerUnavailableError } from './jwks.fetch.js';

/** From then on the set in hand is fetched anew in the background: a key that was withdrawn is trusted no longer than this. */
const FRESH_MS = 10 * 60_000;

/** An issuer that is down for longer than a day is not down; keys that nobody has seen for so long are not trusted. */
const STALE_MS_MAX = 24 * 60 * 60_000;

/** Between two fetches, whatever tokens claim: unknown key ids cost their sender nothing. */
const FETCH_PAUSE_MS = 30_000;

/** While there are no keys at all, callers wait for the issuer; then asking more often is worth it. */
const FIRST_FETCH_PAUSE_MS = 2_000;

/** The arguments with which jose asks for a key. */
type KeyQuestion = Parameters<JWTVerifyGetKey>;

interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly fetchedAtMs: number;
}

/**
 * The public keys of one issuer: fetched when first needed, once for all who wait, kept while the issuer is down, and
 * fetched anew when a token names a key that is not among them.
 */
export class IssuerKeys {
  #set: KeySet | undefined;
  #fetching: Promise<KeySet> | undefined;
  #nextFetchAtMs = -Infinity;

  constructor(
    private readonly fetch: () => Promise<JSONWebKeySet>,
    private readonly nowMs: () => number,
  ) {}

  /** Throws IssuerUnavailableError without keys, and jose's JWKSNoMatchingKey when none fits. */
  async find(...question: KeyQuestion): Promise<CryptoKey> {
    const set = await this.#current();
    try {
      return (await set.find(...question)) as CryptoKey;
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayFetch()) throw error;
      const renewed = await this.#fetchOnce().catch(() => undefined);
      if (!renewed) throw error;
      return (await renewed.find(...question)) as CryptoKey;
    }
  }

  async #current(): Promise<KeySet> {
    const set = this.#set;
    const ageMs = set ? this.nowMs() - set.fetchedAtMs : Infinity;
    if (set && ageMs < STALE_MS_MAX) {
      if (ageMs >= FRESH_MS && this.#mayFetch()) this.#fetchOnce().catch(() => undefined);
      return set;
    }
    if (!this.#mayFetch()) throw new IssuerUnavailableError('asked a moment ago in vain');
    return this.#fetchOnce();
  }

  /** Joining a fetch that is under way costs nothing. */
  #mayFetch(): boolean {
    return this.#fetching !== undefined || this.nowMs() >= this.#nextFetchAtMs;
  }

  #fetchOnce(): Promise<KeySet> {
    this.#fetching ??= this.#fetchNow().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchNow(): Promise<KeySet> {
    const fetchedAtMs = this.nowMs();
    const hasKeys = this.#set !== undefined && fetchedAtMs - this.#set.fetchedAtMs < STALE_MS_MAX;
    this.#nextFetchAtMs = fetchedAtMs + (hasKeys ? FETCH_PAUSE_MS : FIRST_FETCH_PAUSE_MS);
    const find = createLocalJWKSet(await this.fetch());
    this.#nextFetchAtMs = fetchedAtMs + FETCH_PAUSE_MS;
    this.#set = { find, fetchedAtMs };
    return this.#set;
  }
}
