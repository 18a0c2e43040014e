import { SignJWT } from 'jose';
import { Clock } from '../../../src/config/clock.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { TestIssuer } from '../../support/vendors/issuer.js';

const NO_NAME = {};

let issuer: TestIssuer;
let gateway: TestGateway;
/** The gateway's clock stands still but for this. */
let laterMs: number;

const withIssuer = (demo: Settings): Settings => {
  const settings = issuer.settings({ tenants: ['demo'], scopes: new Set(['vouchers:read']) });
  return { ...demo, issuers: [settings] };
};

async function call(token: string): Promise<number> {
  return (await gateway.call('GET', '/v1/voucher-groups', { key: token })).status;
}

/** With the key of that name, under this kid or none. */
const asked = async (name: string, header?: { readonly kid?: string }) =>
  call(await issuer.sign({}, name, header));

describe('callers with tokens whose issuer has several candidate keys', () => {
  beforeEach(async () => {
    issuer = await TestIssuer.start();
    gateway = await startGateway({ settings: withIssuer });
    laterMs = 0;
    const clock = gateway.app.get(Clock);
    const startedMs = clock.monotonicMs();
    clock.monotonicMs = () => startedMs + laterMs;
  });

  afterEach(async () => {
    await gateway.close();
    await issuer.close();
  });

  it('are let in without kid, whichever of the keys has signed', async () => {
    await issuer.addKey('RS256', 'a');
    await issuer.addKey('RS256', 'b');
    await issuer.addKey('ES256', 'c');
    await issuer.addKey('ES256', 'd', NO_NAME);
    const statuses = ['a', 'b', 'c', 'd'].map((name) => asked(name, NO_NAME));
    expect(await Promise.all(statuses)).toEqual([200, 200, 200, 200]);
    expect(issuer.requests).toBe(1);
  });

  it('are let in when two keys have one kid, and with a kid that the key does not publish', async () => {
    await issuer.addKey('ES256', 'old', { kid: 'same' });
    await issuer.addKey('ES256', 'new', { kid: 'same' });
    await issuer.addKey('ES256', 'nameless', NO_NAME);
    const statuses = ['old', 'new', 'nameless'].map((name) => asked(name, { kid: 'same' }));
    expect(await Promise.all(statuses)).toEqual([200, 200, 200]);
  });

  it.each([
    ['without kid', NO_NAME],
    ['with the kid of the old one', { kid: 'key' }],
  ])(
    'are let in with a key that replaced another %s, 30 s after the last fetch',
    async (_what, published) => {
      await issuer.addKey('ES256', 'old', published);
      expect(await asked('old', published)).toBe(200);
      issuer.removeKey('old');
      await issuer.addKey('ES256', 'new', published);
      expect(await asked('new', published)).toBe(401);
      laterMs = 31_000;
      const statuses = [1, 2, 3].map(() => asked('new', published));
      expect(await Promise.all(statuses)).toEqual([200, 200, 200]);
      expect(issuer.requests).toBe(2);
    },
  );

  it('are let in by good keys beside malformed, weak and foreign ones of the same kid', async () => {
    const { y: _y, ...halfAKey } = await issuer.addKey('ES256', 'gone', { kid: 'key' });
    issuer.removeKey('gone');
    const encryption = await issuer.addKey('RS256', 'enc', { kid: 'key', use: 'enc' });
    issuer.strays = [
      null,
      'key',
      halfAKey,
      { ...halfAKey, y: halfAKey.x },
      { kty: 'RSA', kid: 'key', n: 'AQAB', e: 'AQAB' },
    ];
    await issuer.addKey('ES256', 'key');
    await issuer.addKey('RS256', 'rsa', { kid: 'key' });
    expect([await asked('key'), await asked('rsa', { kid: 'key' })]).toEqual([200, 200]);
    expect(encryption.use).toBe('enc');
    expect(await asked('enc', { kid: 'key' })).toBe(401);
    const derivation = await issuer.addKey('ES256', 'ops', { kid: 'ops', key_ops: ['deriveBits'] });
    laterMs = 31_000;
    expect([await asked('ops'), derivation.key_ops]).toEqual([401, ['deriveBits']]);
  });

  it('cannot make the gateway fetch more often than every 30 s with forged tokens', async () => {
    await issuer.addKey('ES256', 'key');
    expect(await asked('key')).toBe(200);
    const forger = await TestIssuer.start();
    for (const algorithm of ['RS256', 'ES256', 'EdDSA'] as const) await forger.addKey(algorithm);
    const forge = (kid: string | undefined, name: string) => forger.sign({ iss: issuer.url }, name, { kid });
    for (let round = 1; round <= 10; round += 1) {
      laterMs = round * 10_000;
      const kids = ['key', undefined, `${round}`, 'other'];
      const forged = kids.flatMap((kid) => ['RS256', 'ES256', 'EdDSA'].map((name) => forge(kid, name)));
      const statuses = await Promise.all((await Promise.all(forged)).map(call));
      expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([]);
      expect(await asked('key')).toBe(200);
    }
    // At the start and at 30, 60 and 90 seconds.
    expect(issuer.requests).toBe(4);
    await forger.close();
  });

  it('are refused with a shared key made of any published text, and cause no fetch', async () => {
    const jwk = await issuer.addKey('RS256', 'rsa', NO_NAME);
    issuer.strays = [{ kty: 'oct', k: Buffer.from('secret').toString('base64url'), alg: 'HS256' }];
    expect(await asked('rsa', NO_NAME)).toBe(200);
    laterMs = 31_000;
    for (const secret of ['secret', JSON.stringify(jwk), jwk.n!]) {
      const forged = new SignJWT({ iss: issuer.url, aud: 'tollgate', sub: 'shop', scope: 'vouchers:read' })
        .setExpirationTime('5m')
        .setProtectedHeader({ alg: 'HS256' });
      expect(await call(await forged.sign(new TextEncoder().encode(secret)))).toBe(401);
    }
    expect(issuer.requests).toBe(1);
  });
});
