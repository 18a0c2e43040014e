import type { CryptoKey } from 'jose';
import { IssuerUnavailableError } from './issuer.unavailable.error.js';
import type { SigningKey } from './signing.keys.js';

/** From then on the keys in hand are fetched anew in the background: a withdrawn key is trusted no longer than this. */
const FRESH_MS = 10 * 60_000;

/** An issuer that is down for longer than a day is not down; keys that were not published for so long are not trusted. */
const STALE_MS_MAX = 24 * 60 * 60_000;

/** Between two fetches, whatever tokens claim: unknown key ids and forged signatures cost their sender nothing. */
const FETCH_PAUSE_MS = 30_000;

/** While there are no keys at all, callers wait for the issuer; then asking more often is worth it. */
const FIRST_FETCH_PAUSE_MS = 2_000;

/** Issuers publish two or three keys of an algorithm; each one tried costs a forger's token about 50 us of our time. */
export const CANDIDATES_MAX = 16;

/** What the header of a token says about its key; none of it is verified. */
export interface KeyHint {
  readonly alg?: string;
  readonly kid?: unknown;
}

interface KeySet {
  readonly keys: readonly SigningKey[];
  readonly fetchedAtMs: number;
}

/**
 * The public keys of one issuer: fetched when first needed, once for all that wait, kept while the issuer is down, and
 * fetched anew when no key in hand fits a token, at most every 30 s.
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
   * The keys that may have signed a token, one by one, most likely first; stop at the one that has. After those in hand
   * come those that are new in a fetch, if one is due. Throws IssuerUnavailableError when there are no keys to look in.
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
    const keys = await this.fetch();
    this.#nextFetchAtMs = fetchedAtMs + FETCH_PAUSE_MS;
    this.#set = { keys, fetchedAtMs };
    return this.#set;
  }
}

/** With an id: the keys of that name, then those without one. Without: all. The signature decides, not the name. */
function candidatesIn({ keys }: KeySet, { alg, kid }: KeyHint): readonly SigningKey[] {
  const suited = keys.filter((each) => each.alg === alg);
  const named = suited.filter((each) => kid === undefined || each.kid === kid);
  const nameless = suited.filter((each) => kid !== undefined && each.kid === undefined);
  return [...named, ...nameless].slice(0, CANDIDATES_MAX);
}
