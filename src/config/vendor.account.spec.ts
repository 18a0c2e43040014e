import { Secret } from './secrets/secret.js';
import { Import2Timeouts, type Import2Settings } from './settings/import2.settings.js';
import { SpidCache, SpidTimeouts, type SpidSettings } from './settings/spid.settings.js';
import type { TenantSettings } from './settings/tenant.settings.js';
import { import2Account, sharedAccounts, spidAccount, tenantsSharing } from './vendor.account.js';

const KEY = new Secret(Buffer.alloc(32, 1).toString('base64'));
const OTHER_KEY = new Secret(Buffer.alloc(32, 2).toString('base64'));

function spid(changes: Partial<SpidSettings> = {}): SpidSettings {
  return {
    baseUrl: 'https://login.example.com',
    clientId: 'client-1',
    clientSecret: new Secret('canary-secret'),
    signedAnswers: 'accepted',
    timeZone: 'Europe/Oslo',
    timeouts: new SpidTimeouts(),
    connections: 4,
    cache: new SpidCache(),
    ...changes,
  };
}

function import2(changes: Partial<Import2Settings> = {}): Import2Settings {
  return {
    baseUrl: 'https://import.example.com/api/v2.1',
    apiToken: new Secret('canary-token'),
    timeouts: new Import2Timeouts(),
    connections: 4,
    ...changes,
  };
}

describe('the account at SPiD', () => {
  it.each<[string, boolean, Partial<SpidSettings>]>([
    ['another secret, which is rotated', true, { clientSecret: new Secret('next') }],
    ['other timeouts', true, { timeouts: { attemptMs: 1, totalMs: 2 } }],
    ['another client', false, { clientId: 'client-2' }],
    ['another environment', false, { baseUrl: 'https://identity-pre.example.com' }],
  ])('with %s is the same: %s', (_, same, changes) => {
    expect(spidAccount(spid()) === spidAccount(spid(changes))).toBe(same);
  });
});

describe('the account at Import2', () => {
  const account = (changes: Partial<Import2Settings> = {}, tenant = 'north', key: Secret | undefined = KEY) =>
    import2Account(import2(changes), tenant, key);

  it.each<[string, boolean, string]>([
    ['of another tenant with the same token', true, account({}, 'south')],
    ['over another version of the API', true, account({ baseUrl: 'https://import.example.com/api/v2' })],
    ['in the sandbox', false, account({ baseUrl: 'https://import.example.com/api/sandbox' })],
    ['with another token', false, account({ apiToken: new Secret('other') })],
    ['at another host', false, account({ baseUrl: 'https://proxy.example.com/api/v2.1' })],
  ])('%s is the same: %s', (_, same, other) => {
    expect(account() === other).toBe(same);
  });

  it('shows nothing of the token, not even by a hash that can be guessed at', () => {
    expect(account()).toMatch(/^import2:[0-9a-f]{32}$/);
    expect(account({}, 'north', OTHER_KEY)).not.toBe(account());
  });

  it('is one for each tenant without a key', () => {
    const without = (tenant: string) => import2Account(import2(), tenant, undefined);
    expect(without('north')).toBe(without('north'));
    expect(without('north')).not.toBe(without('south'));
  });
});

describe('tenants that share an account', () => {
  const tenants = (...all: TenantSettings[]) => new Map(all.map((each) => [each.name, each]));

  it('are found by upstream, with or without a key of the ledger', () => {
    const all = tenants(
      { name: 'north', spid: spid(), import2: import2() },
      { name: 'south', spid: spid({ clientSecret: new Secret('other') }) },
      { name: 'east', spid: spid({ clientId: 'client-2' }), import2: import2() },
      { name: 'west', import2: import2({ apiToken: new Secret('west') }) },
    );
    expect(sharedAccounts(all)).toEqual([
      { upstream: 'spid', tenants: ['north', 'south'] },
      { upstream: 'import2', tenants: ['north', 'east'] },
    ]);
    expect(tenantsSharing(all, 'east', 'import2')).toEqual(['north', 'east']);
    expect(tenantsSharing(all, 'east', 'spid')).toEqual(['east']);
    expect(tenantsSharing(all, 'south', 'import2')).toEqual(['south']);
  });
});
