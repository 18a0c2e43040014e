import type { CryptoKey } from 'jose';
import { IssuerUnavailableError } from './issuer.unavailable.error.js';
import type { SigningKey } from './signing.keys.js';

/** After this age keys are refetched in the background: the longest that a withdrawn key is trusted. */
const FRESH_MS = 10 * 60_000;

/** While the issuer is down, cached keys are trusted for a day at most. */
const STALE_MS_MAX = 24 * 60 * 60_000;

/** Between two fetches, independent of the tokens: unknown key ids and forged signatures are free for their sender. */
const FETCH_PAUSE_MS = 30_000;

/** While there are no keys at all. Shorter, because callers are waiting. */
const FIRST_FETCH_PAUSE_MS = 2_000;

/** Issuers publish two or three keys of an algorithm; trying one against a forged token costs about 50 us. */
export const CANDIDATES_MAX = 16;

/** The key named by the header of a token, unverified. */
export interface KeyHint {
  readonly alg?: string;
  readonly kid?: unknown;
}

interface KeySet {
  readonly keys: readonly SigningKey[];
  readonly fetchedAtMs: number;
}

/**
 * Cache of the public keys of one issuer. Fetched when first needed, with one request for all waiting callers; kept
 * while the issuer is down; refetched when no cached key fits a token, at most every 30 s.
 */
export class IssuerKeys {
  #set: KeySet | undefined;
  #fetching: Promise<KeySet> | undefined;
  #nextFetchAtMs = -Infinity;

  constructor(
    private readonly fetch: () => Promise<readonly SigningKey[]>,
    private readonly nowMs: () => number,
  ) {}

  /**
   * The keys that may have signed a token, most likely first: cached ones, then those that are new in a fetch, if one
   * is due. Stop iterating at the key that verifies.
   * @throws IssuerUnavailableError when there are no keys
   */
  async *candidatesFor(hint: KeyHint): AsyncGenerator<CryptoKey, void> {
    const tried = candidatesIn(await this.#current(), hint);
    for (const { key } of tried) yield key;
    const renewed = this.#mayFetch() ? await this.#fetchOnce().catch(() => undefined) : this.#set;
    if (!renewed) return;
    const before = new Set(tried.map(({ text }) => text));
    for (const { key, text } of candidatesIn(renewed, hint)) if (!before.has(text)) yield key;
  }

  async #current(): Promise<KeySet> {
    const set = this.#set;
    const ageMs = set ? this.nowMs() - set.fetchedAtMs : Infinity;
    if (set && ageMs < STALE_MS_MAX) {
      if (ageMs >= FRESH_MS && this.#mayFetch()) this.#fetchOnce().catch(() => undefined);
      return set;
    }
    if (!this.#mayFetch()) throw new IssuerUnavailableError('the last fetch failed a moment ago');
    return this.#fetchOnce();
  }

  /** Joining a fetch in flight is always allowed. */
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
    const keys = await this.fetch();
    this.#nextFetchAtMs = fetchedAtMs + FETCH_PAUSE_MS;
    this.#set = { keys, fetchedAtMs };
    return this.#set;
  }
}

/** With a `kid`: the keys of that id, then those without one. Without: all. The signature decides, not the id. */
function candidatesIn({ keys }: KeySet, { alg, kid }: KeyHint): readonly SigningKey[] {
  const suited = keys.filter((each) => each.alg === alg);
  const named = suited.filter((each) => kid === undefined || each.kid === kid);
  const nameless = suited.filter((each) => kid !== undefined && each.kid === undefined);
  return [...named, ...nameless].slice(0, CANDIDATES_MAX);
}
