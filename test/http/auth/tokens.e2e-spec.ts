import { PassThrough } from 'node:stream';
import { SignJWT, UnsecuredJWT } from 'jose';
import { Clock } from '../../../src/config/clock.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { TestIssuer } from '../../support/vendors/issuer.js';

const GROUPS = '/v1/voucher-groups';

let issuer: TestIssuer;
let gateway: TestGateway;
let logged = '';

const withIssuer = (demo: Settings): Settings => {
  const settings = issuer.settings({
    tenantClaim: 'brand',
    tenants: ['demo', 'other'],
    scopes: new Set(['vouchers:read', 'entitlements:read']),
  });
  const other = { ...demo.tenants.get('demo')!, name: 'other' };
  return { ...demo, tenants: new Map([...demo.tenants, ['other', other]]), issuers: [settings] };
};

async function start(): Promise<void> {
  issuer = await TestIssuer.start();
  await Promise.all([issuer.addKey('RS256'), issuer.addKey('ES256'), issuer.addKey('EdDSA')]);
  const log = new PassThrough();
  log.on('data', (chunk: Buffer) => (logged += chunk.toString()));
  gateway = await startGateway({ settings: withIssuer, log });
}

async function stop(): Promise<void> {
  await gateway.close();
  await issuer.close();
}

const seconds = (): number => Math.floor(Date.now() / 1_000);
const ask = (key: string, headers = {}) => gateway.call('GET', GROUPS, { key, headers });
const token = (claims = {}, kid = 'ES256') => issuer.sign({ brand: 'demo', ...claims }, kid);
const status = async (claims = {}, kid = 'ES256') => (await ask(await token(claims, kid))).status;

describe('callers with tokens of an issuer', () => {
  beforeAll(start);
  afterAll(stop);

  it('are let in with each algorithm of the settings; the keys are fetched once for all of them', async () => {
    const all = await Promise.all(['RS256', 'ES256', 'EdDSA', 'ES256'].map((kid) => status({}, kid)));
    expect(all).toEqual([200, 200, 200, 200]);
    expect(await status()).toBe(200);
    expect(issuer.requests).toBe(1);
  });

  it('hold only known scopes that were given to the issuer too', async () => {
    const rich = await token({ scope: 'vouchers:read vouchers:draw ops:read' });
    expect((await ask(rich)).status).toBe(200);
    const { status, body } = await gateway.call('GET', '/health/upstreams', { key: rich });
    expect([status, body.type]).toEqual([403, '/docs/problems/forbidden']);
    expect((await ask(await token({ scope: undefined }))).status).toBe(403);
  });

  it('act for the tenants of their claim only', async () => {
    expect(await status({ brand: 'nowhere' })).toBe(403);
    expect((await ask(await token(), { 'tollgate-tenant': 'other' })).status).toBe(403);
    const both = await token({ brand: ['demo', 'other'] });
    expect((await ask(both)).status).toBe(400);
    expect((await ask(both, { 'tollgate-tenant': 'other' })).status).toBe(200);
  });

  it('are refused with anything wrong about the token', async () => {
    const wrong = {
      expired: { exp: seconds() - 60 },
      'without an end': { exp: undefined },
      'of the future': { nbf: seconds() + 60 },
      'for another audience': { aud: 'other' },
      'without an audience': { aud: undefined },
      'of another issuer': { iss: 'https://id.example.com' },
      'without an issuer': { iss: undefined },
      'without a name': { sub: undefined },
    };
    const responses = Object.entries(wrong).map(async ([what, claims]) => [what, await status(claims)]);
    expect(await Promise.all(responses)).toEqual(Object.keys(wrong).map((what) => [what, 401]));
  });

  it.each([
    ['expired', { exp: seconds() - 60 }, 'has expired'],
    ['endless', { exp: undefined }, 'has no claim exp'],
    ['early', { nbf: seconds() + 60 }, 'has a claim nbf that does not fit'],
    ['foreign', { aud: 'other' }, 'has a claim aud that does not fit'],
    ['nameless', { sub: undefined }, 'names no caller in sub'],
    ['unsigned', 'replaced', 'is signed by none of its known keys'],
  ])('that are %s are refused with the reason in the log only', async (id, claims, reason) => {
    const good = await token(typeof claims === 'string' ? {} : claims);
    const key = typeof claims === 'string' ? `${good.slice(0, -4)}AAAA` : good;
    const response = await ask(key, { 'x-request-id': `token-${id}` });
    expect(response).toMatchObject({ status: 401 });
    expect(response.body.detail).toContain('The key is unknown or not valid at this time.');
    const line = logged.split('\n').find((text) => text.includes(`"token-${id}"`));
    expect(JSON.parse(line ?? '')).toMatchObject({ reason: `the token of issuer corp ${reason}` });
  });

  it('may have a clock that differs by the leeway', async () => {
    expect(await status({ exp: seconds() - 20, nbf: seconds() - 100 })).toBe(200);
    expect(await status({ nbf: seconds() + 20 })).toBe(200);
  });

  it('are refused without a signature, with a shared key, and with an algorithm that was not chosen', async () => {
    const claims = { iss: issuer.url, aud: 'tollgate', sub: 'shop', scope: 'vouchers:read', brand: 'demo' };
    const unsigned = new UnsecuredJWT(claims).setExpirationTime('5m').encode();
    const publicKey = JSON.stringify(await issuer.addKey('RS512'));
    const shared = new SignJWT(claims)
      .setExpirationTime('5m')
      .setProtectedHeader({ alg: 'HS256', kid: 'RS256' });
    const forged = await shared.sign(new TextEncoder().encode(publicKey));
    const good = await token();
    const [head, body] = good.split('.');
    const responses = [
      unsigned,
      forged,
      await token({}, 'RS512'),
      `${head}.${body}.`,
      `${head}.${body}.AAAA`,
    ];
    for (const response of responses) expect((await ask(response)).status).toBe(401);
    expect((await ask(good)).status).toBe(200);
  });
});

describe('callers whose issuer changes or fails', () => {
  beforeEach(start);
  afterEach(stop);

  it('are let in with a key that the issuer has just added, fetched at most once in half a minute', async () => {
    expect(await status()).toBe(200);
    await issuer.addKey('ES256', 'new');
    const clock = gateway.app.get(Clock);
    const before = clock.monotonicMs();
    expect(await status({}, 'new')).toBe(401);
    clock.monotonicMs = () => before + 31_000;
    expect(await Promise.all([status({}, 'new'), status({}, 'new')])).toEqual([200, 200]);
    await issuer.addKey('ES256', 'newer');
    expect(await status({}, 'newer')).toBe(401);
    expect(issuer.requests).toBe(2);
  });

  it('get 503 with Retry-After while the issuer has never responded; callers with keys are not affected', async () => {
    const good = await token();
    const elsewhere = await TestIssuer.start();
    const troubles: [string, TestIssuer['trouble']][] = [
      ['an error', (response) => response.writeHead(500).end()],
      ['a redirect', (response) => response.writeHead(302, { location: elsewhere.jwksUri }).end()],
      ['no key set', (response) => response.end('<html>')],
      ['far too much', (response) => response.end(`{"keys":[],"x":"${'x'.repeat(70_000)}"}`)],
      ['a reset', (response) => response.destroy()],
    ];
    const clock = gateway.app.get(Clock);
    let now = clock.monotonicMs();
    clock.monotonicMs = () => (now += 10_000);
    for (const [what, trouble] of troubles) {
      issuer.trouble = trouble;
      const { status, body, headers } = await ask(good);
      expect([what, status, body.type]).toEqual([what, 503, '/docs/problems/upstream-unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(issuer.requests).toBe(troubles.length);
    expect(elsewhere.requests).toBe(0);
    const later = now + 10_000;
    clock.monotonicMs = () => later;
    expect((await ask('tg_demo_full_access')).status).toBe(200);
    issuer.trouble = undefined;
    expect((await ask(good)).status).toBe(200);
    await elsewhere.close();
  });

  it('stay known while the issuer is down', async () => {
    expect(await status()).toBe(200);
    issuer.trouble = (response) => response.destroy();
    const clock = gateway.app.get(Clock);
    const before = clock.monotonicMs();
    clock.monotonicMs = () => before + 3_600_000;
    expect(await status()).toBe(200);
  });
});
