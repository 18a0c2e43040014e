import { type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import { CANDIDATES_MAX, IssuerKeys, type KeyHint } from './issuer.keys.js';
import { IssuerUnavailableError } from './issuer.unavailable.error.js';
import { type SigningKey, signingKeysOf } from './signing.keys.js';

const MINUTE_MS = 60_000;

/** Each with its kid; undefined has none. */
async function keysNamed(...kids: (string | undefined)[]): Promise<readonly SigningKey[]> {
  const jwks = kids.map(async (kid) => {
    const { publicKey } = await generateKeyPair('ES256');
    return { ...(await exportJWK(publicKey)), kid };
  });
  return (await signingKeysOf(JSON.stringify({ keys: await Promise.all(jwks) }))).keys;
}

/** Matchers consider all CryptoKeys equal: they have no own properties. */
const labelled = new Map<CryptoKey, string>();

function labelsOf(keys: readonly CryptoKey[]): string[] {
  return keys.map((key) => {
    if (!labelled.has(key)) labelled.set(key, `key ${labelled.size}`);
    return labelled.get(key)!;
  });
}

describe('IssuerKeys', () => {
  let now: number;
  let fetches: number;
  let published: readonly SigningKey[] | Error;
  let keys: IssuerKeys;

  /** The candidates for a token that none of the keys has signed, refetched ones included. */
  async function all(hint: KeyHint): Promise<string[]> {
    const found: CryptoKey[] = [];
    for await (const key of keys.candidatesFor({ alg: 'ES256', ...hint })) found.push(key);
    return labelsOf(found);
  }

  /** The candidate for a token that the first one has signed. */
  async function first(kid: string): Promise<CryptoKey | undefined> {
    for await (const key of keys.candidatesFor({ alg: 'ES256', kid })) return key;
    return undefined;
  }

  const keysOf = (set: typeof published) => (set as readonly SigningKey[]).map(({ key }) => key);
  const labels = (set: typeof published) => labelsOf(keysOf(set));

  beforeEach(async () => {
    now = 0;
    fetches = 0;
    published = await keysNamed('one');
    keys = new IssuerKeys(
      async () => {
        fetches += 1;
        if (published instanceof Error) throw published;
        return published;
      },
      () => now,
    );
  });

  it('fetches once for concurrent callers, and not again while keys fit', async () => {
    await Promise.all([first('one'), first('one'), first('one')]);
    now = MINUTE_MS;
    expect(await first('one')).toBe(keysOf(published)[0]);
    expect(fetches).toBe(1);
  });

  it('yields keys with the kid, then those without one, and none with another', async () => {
    published = await keysNamed(undefined, 'other', 'one', 'one');
    const [nameless, , one, again] = labels(published);
    expect(await all({ kid: 'one' })).toEqual([one, again, nameless]);
    expect(await all({ kid: 5 })).toEqual([nameless]);
  });

  it('yields every key of the algorithm for a token without kid, up to the limit', async () => {
    published = await keysNamed('a', undefined, 'b');
    expect(await all({})).toEqual(labels(published));
    expect(await all({ alg: 'RS256' })).toEqual([]);
    now = MINUTE_MS;
    published = await keysNamed(...Array.from({ length: CANDIDATES_MAX + 1 }, () => undefined));
    await all({ kid: 'x' });
    expect(await all({})).toEqual(labels(published).slice(0, CANDIDATES_MAX));
  });

  it('refetches when no key fits, and yields only new keys', async () => {
    published = await keysNamed(undefined);
    const [old] = labels(published);
    await first('any');
    const added = await keysNamed(undefined);
    published = [...published, ...added];
    now = 30_000;
    const expected = [old, ...labels(added)];
    expect(await Promise.all([all({}), all({ kid: 'any' })])).toEqual([expected, expected]);
    expect(fetches).toBe(2);
  });

  it('fetches at most once in 30 seconds, for any tokens', async () => {
    await first('one');
    for (let second = 1; second <= 600; second += 1) {
      now = second * 1_000;
      await Promise.all([all({}), all({ kid: 'one' }), all({ kid: `${second}` }), all({ alg: 'EdDSA' })]);
    }
    expect(fetches).toBe(1 + 600 / 30);
  });

  it('uses keys that another token has fetched meanwhile', async () => {
    await first('one');
    const waiting = keys.candidatesFor({ alg: 'ES256' });
    await waiting.next();
    published = await keysNamed('two');
    now = 30_000;
    await all({ kid: 'two' });
    expect((await waiting.next()).value).toBe(keysOf(published)[0]);
    expect(fetches).toBe(2);
  });

  it('notices within minutes that a key was withdrawn', async () => {
    await first('one');
    published = await keysNamed('two');
    now = 10 * MINUTE_MS;
    await first('one');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await first('one')).toBeUndefined();
    expect(fetches).toBe(2);
  });

  it('keeps its keys for a day while the issuer is down, and no longer', async () => {
    await first('one');
    published = new IssuerUnavailableError('down');
    for (now = 0; now < 24 * 60 * MINUTE_MS; now += 20 * MINUTE_MS) expect(await first('one')).toBeDefined();
    await expect(first('one')).rejects.toThrow(IssuerUnavailableError);
  });

  it('retries a failed first fetch after two seconds, not at every token', async () => {
    const good = published;
    published = new IssuerUnavailableError('down');
    await expect(first('one')).rejects.toThrow(IssuerUnavailableError);
    await expect(first('one')).rejects.toThrow(IssuerUnavailableError);
    expect(fetches).toBe(1);
    published = good;
    now = 2_000;
    expect(await first('one')).toBeDefined();
    expect(fetches).toBe(2);
  });

  it('yields nothing more for an unknown key while the issuer is down', async () => {
    await first('one');
    published = new IssuerUnavailableError('down');
    now = MINUTE_MS;
    expect(await all({ kid: 'two' })).toEqual([]);
    expect(await first('one')).toBeDefined();
  });
});
