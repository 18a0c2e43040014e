import { inspect } from 'node:util';
import { Secret } from '../../config/secrets/secret.js';
import { UpstreamHealth } from '../transport/upstream.health.js';
import { SpidTokenCache } from './spid.token.cache.js';
import type { GrantedToken } from './spid.token.request.js';

const START = Date.parse('2026-01-01T00:00:00Z');

/** A cache with fetches that the test settles one by one, and a clock that it moves. */
function setUp() {
  const state = new UpstreamHealth().of('demo', 'spid');
  const fetches: PromiseWithResolvers<GrantedToken>[] = [];
  const clock = { ms: START };
  const fetch = () => {
    const fetching = Promise.withResolvers<GrantedToken>();
    fetches.push(fetching);
    return fetching.promise;
  };
  const cache = new SpidTokenCache(fetch, () => clock.ms, state);
  return {
    state,
    fetches,
    clock,
    cache,
    textOf: async () => (await cache.get()).secret.reveal(),
  };
}

function granted(text: string, lifetimeSeconds: number): GrantedToken {
  return { secret: new Secret(text), lifetimeSeconds };
}

/** Runs the continuations of settled promises. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('SpidTokenCache', () => {
  it('fetches once for concurrent callers', async () => {
    const { cache, fetches } = setUp();
    const waiting = Array.from({ length: 50 }, async () => cache.get());
    fetches[0]?.resolve(granted('one', 900));
    const tokens = await Promise.all(waiting);
    expect(fetches).toHaveLength(1);
    expect(new Set(tokens).size).toBe(1);
    expect(cache.get()).toBe(tokens[0]);
  });

  it('rejects all waiting callers on a failure, and does not cache it', async () => {
    const { cache, fetches, textOf } = setUp();
    const waiting = Promise.allSettled([cache.get(), cache.get(), cache.get()]);
    fetches[0]?.reject(new Error('down'));
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(fetches).toHaveLength(1);
    const next = textOf();
    fetches[1]?.resolve(granted('two', 900));
    await expect(next).resolves.toBe('two');
  });

  it.each([
    [900, 810, 890],
    [604_800, 601_200, 604_790],
    [2_419_200, 2_415_600, 2_419_190],
    [14_515_200, 14_511_600, 14_515_190],
    [10, 9, 9.8],
  ])(
    'SPiD F5: renews a token of %i s in the background after %i s and blocks after %f s',
    async (...times) => {
      const [lifetime, renewal, end] = times;
      const { fetches, clock, textOf } = setUp();
      const first = textOf();
      fetches[0]?.resolve(granted('first', lifetime));
      await first;
      clock.ms = START + renewal * 1_000 - 1;
      await expect(textOf()).resolves.toBe('first');
      expect(fetches).toHaveLength(1);
      clock.ms = START + renewal * 1_000;
      await expect(textOf()).resolves.toBe('first');
      await expect(textOf()).resolves.toBe('first');
      expect(fetches).toHaveLength(2);
      clock.ms = START + end * 1_000;
      const late = textOf();
      fetches[1]?.resolve(granted('second', lifetime));
      await expect(late).resolves.toBe('second');
      expect(fetches).toHaveLength(2);
    },
  );

  it('keeps the old token when its renewal fails, and retries after a pause', async () => {
    const { fetches, clock, textOf } = setUp();
    const first = textOf();
    fetches[0]?.resolve(granted('first', 900));
    await first;
    clock.ms = START + 820_000;
    await textOf();
    fetches[1]?.reject(new Error('down'));
    await settled();
    await expect(textOf()).resolves.toBe('first');
    expect(fetches).toHaveLength(2);
    clock.ms += 5_000;
    await expect(textOf()).resolves.toBe('first');
    expect(fetches).toHaveLength(3);
  });

  it('drops a refused token, but not its replacement', async () => {
    const { cache, fetches, textOf } = setUp();
    const first = cache.get();
    fetches[0]?.resolve(granted('first', 900));
    const refused = await first;
    cache.drop(refused);
    const second = textOf();
    fetches[1]?.resolve(granted('second', 900));
    await second;
    cache.drop(refused);
    await expect(textOf()).resolves.toBe('second');
    expect(fetches).toHaveLength(2);
  });

  it('reports the state and expiry of the token, never the token', async () => {
    const { cache, fetches, clock, state } = setUp();
    expect(state.token).toEqual({ state: 'none', expiresAt: null });
    const first = cache.get();
    fetches[0]?.resolve(granted('not-to-be-seen', 900));
    const token = await first;
    expect(state.token).toEqual({ state: 'valid', expiresAt: '2026-01-01T00:15:00.000Z' });
    clock.ms = START + 900_000;
    expect(state.token).toEqual({ state: 'expired', expiresAt: '2026-01-01T00:15:00.000Z' });
    expect(inspect([state, token, cache], { depth: 9 }) + JSON.stringify([state, token])).not.toContain(
      'not-to-be-seen',
    );
    cache.drop(token);
    expect(state.token).toEqual({ state: 'none', expiresAt: null });
  });
});
