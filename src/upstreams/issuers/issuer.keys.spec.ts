import { errors, exportJWK, generateKeyPair, type JSONWebKeySet } from 'jose';
import { IssuerKeys } from './issuer.keys.js';
import { IssuerUnavailableError } from './jwks.fetch.js';

const MINUTE_MS = 60_000;

describe('IssuerKeys', () => {
  let now: number;
  let fetches: number;
  let set: JSONWebKeySet | Error;
  let keys: IssuerKeys;

  async function keySet(...kids: string[]): Promise<JSONWebKeySet> {
    const made = kids.map(async (kid) => {
      const { publicKey } = await generateKeyPair('ES256');
      return { ...(await exportJWK(publicKey)), kid, alg: 'ES256' };
    });
    return { keys: await Promise.all(made) };
  }

  const find = (kid: string) => keys.find({ alg: 'ES256', kid }, { payload: '', signature: '' });

  beforeEach(async () => {
    now = 0;
    fetches = 0;
    set = await keySet('one');
    keys = new IssuerKeys(
      async () => {
        fetches += 1;
        if (set instanceof Error) throw set;
        return set;
      },
      () => now,
    );
  });

  it('fetches once for all who wait, and not again', async () => {
    await Promise.all([find('one'), find('one'), find('one')]);
    await find('one');
    expect(fetches).toBe(1);
  });

  it('looks for an unknown key at most once in 30 seconds', async () => {
    await find('one');
    set = await keySet('one', 'two');
    await expect(find('two')).rejects.toThrow(errors.JWKSNoMatchingKey);
    now = 30_000;
    await Promise.all([find('two'), find('two')]);
    await expect(find('three')).rejects.toThrow(errors.JWKSNoMatchingKey);
    expect(fetches).toBe(2);
  });

  it('notices within minutes that a key was withdrawn', async () => {
    await find('one');
    set = await keySet('two');
    now = 10 * MINUTE_MS;
    await find('one');
    await new Promise((resolve) => setImmediate(resolve));
    await expect(find('one')).rejects.toThrow(errors.JWKSNoMatchingKey);
    expect(fetches).toBe(2);
  });

  it('keeps its keys for a day while the issuer is down, and no longer', async () => {
    await find('one');
    set = new IssuerUnavailableError('down');
    for (now = 0; now < 24 * 60 * MINUTE_MS; now += 20 * MINUTE_MS) await find('one');
    await expect(find('one')).rejects.toThrow(IssuerUnavailableError);
  });

  it('asks an issuer without keys again after two seconds, not at every token', async () => {
    set = new IssuerUnavailableError('down');
    await expect(find('one')).rejects.toThrow(IssuerUnavailableError);
    await expect(find('one')).rejects.toThrow(IssuerUnavailableError);
    expect(fetches).toBe(1);
    set = await keySet('one');
    now = 2_000;
    await find('one');
    expect(fetches).toBe(2);
  });

  it('refuses an unknown key while the issuer is down', async () => {
    await find('one');
    set = new IssuerUnavailableError('down');
    now = MINUTE_MS;
    await expect(find('two')).rejects.toThrow(errors.JWKSNoMatchingKey);
    await find('one');
  });
});
