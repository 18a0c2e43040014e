import { Secret } from './secrets/secret.js';
import { Import2Timeouts, type Import2Settings } from './settings/import2.settings.js';
import { LedgerSettings } from './settings/ledger.settings.js';
import { SpidCache, SpidTimeouts, type SpidSettings } from './settings/spid.settings.js';
import type { TenantSettings } from './settings/tenant.settings.js';
import { countedAccount, disagreeingAccounts } from './vendor.limits.js';

function spid(name: string, changes: Partial<SpidSettings> = {}): TenantSettings {
  const spid = {
    baseUrl: 'https://login.example.com',
    clientId: 'client-1',
    clientSecret: new Secret('canary-secret'),
    timeZone: 'Europe/Oslo',
    timeouts: new SpidTimeouts(),
    connections: 8,
    cache: new SpidCache(),
    ...changes,
  };
  return { name, spid };
}

function import2(name: string, changes: Partial<Import2Settings> = {}): TenantSettings {
  const import2 = {
    baseUrl: 'https://import.example.com/api/v2.1',
    apiToken: new Secret('canary-token'),
    timeouts: new Import2Timeouts(),
    connections: 4,
    ...changes,
  };
  return { name, import2 };
}

function settings(...all: TenantSettings[]) {
  return { tenants: new Map(all.map((each) => [each.name, each])), ledger: new LedgerSettings() };
}

const spidLimits = (own: TenantSettings, ...others: TenantSettings[]) =>
  countedAccount('spid', own, settings(own, ...others))?.limits;

const import2Limits = (own: TenantSettings, ...others: TenantSettings[]) =>
  countedAccount('import2', own, settings(own, ...others))?.limits;

describe('the limits of an account', () => {
  it('of SPiD have no rate unless the settings have one, and as many places as connections', () => {
    expect(spidLimits(spid('a'))).toEqual({ rate: undefined, places: 8, attemptMs: 6_000 });
    expect(spidLimits(spid('a', { budget: { requests: 100, perSeconds: 2, concurrency: 3 } }))).toEqual({
      rate: { calls: 100, windowMs: 2_000 },
      places: 3,
      attemptMs: 6_000,
    });
  });

  it('of Import2 are 10 requests per second, in its sandbox none', () => {
    const rate = { calls: 10, windowMs: 1_000 };
    expect(import2Limits(import2('a'))).toEqual({ rate, places: 4, attemptMs: 20_000 });
    expect(import2Limits(import2('a', { budget: { concurrency: 2 } }))).toMatchObject({ rate, places: 2 });
    const sandbox = import2('a', { baseUrl: 'https://import.example.com/api/sandbox' });
    expect(import2Limits(sandbox)?.rate).toBeUndefined();
  });

  it.each([
    [
      { requests: 5, perSeconds: 1 },
      { calls: 5, windowMs: 1_000 },
    ],
    [
      { requests: 50, perSeconds: 60 },
      { calls: 50, windowMs: 60_000 },
    ],
    [
      { requests: 50, perSeconds: 5 },
      { calls: 10, windowMs: 1_000 },
    ],
    [
      { requests: 50, perSeconds: 1 },
      { calls: 10, windowMs: 1_000 },
    ],
    [undefined, { calls: 10, windowMs: 1_000 }],
  ])('are, of 10 per second and %j, the slower rate', (budget, rate) => {
    const ten = spid('a', { budget: { requests: 10, perSeconds: 1 } });
    const other = spid('b', budget && { budget });
    expect(spidLimits(ten, other)?.rate).toEqual(rate);
    expect(spidLimits(other, ten)?.rate).toEqual(rate);
  });

  it('are the smallest places and the longest attempt of the tenants that share it', () => {
    const one = spid('a', { connections: 20, timeouts: { attemptMs: 1_000, totalMs: 2_000 } });
    const other = spid('b', { connections: 10, timeouts: { attemptMs: 3_000, totalMs: 4_000 } });
    expect(spidLimits(one, other)).toMatchObject({ places: 10, attemptMs: 3_000 });
    expect(spidLimits(one, spid('c', { clientId: 'client-2' }))).toMatchObject({ places: 20 });
  });

  it('of a client that a reload has replaced are those in force when the account is the same, else its own', () => {
    const old = spid('a', { connections: 20 });
    expect(countedAccount('spid', old, settings(spid('a', { connections: 5 })))?.limits.places).toBe(5);
    const elsewhere = settings(spid('a', { clientId: 'client-2', connections: 5 }));
    expect(countedAccount('spid', old, elsewhere)?.limits.places).toBe(20);
  });
});

describe('the name of a counted account', () => {
  it('is one for all tenants with the same token at Import2, without a key of the ledger too', () => {
    const all = settings(import2('north'), import2('south'), import2('west', { apiToken: new Secret('x') }));
    const nameFor = (tenant: string) => countedAccount('import2', all.tenants.get(tenant)!, all)?.account;
    expect(nameFor('south')).toBe(nameFor('north'));
    expect(nameFor('west')).not.toBe(nameFor('north'));
    expect(nameFor('north')).toMatch(/^import2:[0-9a-f]{32}$/);
  });

  it('is none for a tenant without settings of the vendor', () => {
    expect(countedAccount('import2', spid('a'), settings(spid('a')))).toBeUndefined();
  });
});

describe('disagreeingAccounts', () => {
  const upstreams = (...all: TenantSettings[]) =>
    disagreeingAccounts(settings(...all).tenants).map(({ upstream, tenants }) => [upstream, ...tenants]);

  it('names accounts whose tenants have another rate or concurrency', () => {
    expect(upstreams(spid('a'), spid('b'))).toEqual([]);
    expect(upstreams(spid('a'), spid('b', { timeouts: { attemptMs: 1, totalMs: 2 } }))).toEqual([]);
    expect(upstreams(spid('a'), spid('b', { connections: 9 }))).toEqual([['spid', 'a', 'b']]);
    expect(upstreams(spid('a'), spid('b', { budget: { concurrency: 8 } }))).toEqual([]);
    expect(upstreams(import2('a'), import2('b', { budget: { requests: 9, perSeconds: 1 } }))).toEqual([
      ['import2', 'a', 'b'],
    ]);
    expect(upstreams(import2('a'), import2('b', { budget: { requests: 10, perSeconds: 1 } }))).toEqual([]);
  });
});
