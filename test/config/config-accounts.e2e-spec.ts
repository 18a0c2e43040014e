import { stringify } from 'yaml';
import { ConfigurationError } from '../../src/config/errors/configuration.error.js';
import { readSettingsFile, type SettingsFile } from '../../src/config/settings/file/settings.file.js';
import { sha256Of, SettingsFolder } from '../support/settings.folder.js';

const ENV = {
  SPID_SECRET: 'canary-client-secret',
  TOKEN: 'canary-token-of-20-chars',
  OTHER_TOKEN: 'canary-other-token-of-20',
};

const spid = (clientId = 'client-1') => ({
  baseUrl: 'https://login.example.com',
  clientId,
  clientSecret: { env: 'SPID_SECRET' },
  timeZone: 'Europe/Oslo',
});

const import2 = (token = 'TOKEN', version = 'v2.1') => ({
  baseUrl: `https://import.example.com/api/${version}`,
  apiToken: { env: token },
});

describe('the settings of a tenant', () => {
  let folder: SettingsFolder;

  beforeAll(() => {
    folder = new SettingsFolder();
  });
  afterAll(() => folder.remove());

  function read(...tenants: object[]): SettingsFile {
    const callers = [
      {
        name: 'checkout',
        tenants: ['north'],
        scopes: ['operations:read'],
        keys: [{ sha256: sha256Of('checkout') }],
      },
    ];
    folder.replace('tollgate.yaml', stringify({ tenants, callers }));
    return readSettingsFile(folder.file, { env: ENV });
  }

  function errorsOf(tenant: object): unknown {
    try {
      return read(tenant).warnings;
    } catch (error) {
      return error instanceof ConfigurationError ? error.issues : error;
    }
  }

  it('warn of tenants that lead to one account at a vendor, and name no credential', () => {
    const { warnings } = read(
      { name: 'north', spid: spid(), import2: import2() },
      { name: 'south', spid: spid(), import2: import2('OTHER_TOKEN') },
      { name: 'east', import2: import2('TOKEN', 'v2') },
    );
    expect(warnings).toEqual([
      { path: 'tenants', reason: expect.stringMatching(/^north, south share one account at SPiD/) },
      { path: 'tenants', reason: expect.stringMatching(/^north, east share one account at Import2/) },
    ]);
    expect(JSON.stringify(warnings)).not.toMatch(/canary|client-1/);
  });

  it('warn of tenants that share an account and have different budgets for it', () => {
    const { warnings } = read(
      { name: 'north', spid: spid(), import2: import2() },
      { name: 'south', spid: { ...spid(), budget: { concurrency: 10 } }, import2: import2() },
    );
    expect(warnings.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^north, south share one account at SPiD: /),
      expect.stringMatching(/^north, south share one account at Import2: /),
      'north, south share one account at SPiD and have different budgets for it (spid.budget, spid.connections): ' +
        'the smaller rate and the smaller concurrency apply to all',
    ]);
  });

  it('warn of nothing where each tenant has accounts of its own', () => {
    const { warnings } = read(
      { name: 'north', spid: spid(), import2: import2() },
      { name: 'south', spid: spid('client-2'), import2: import2('TOKEN', 'sandbox') },
    );
    expect(warnings).toEqual([]);
  });

  it.each([
    [undefined, 'on'],
    [{}, 'on'],
    [{ snapshots: 'off' }, 'off'],
    [{ snapshots: 'on' }, 'on'],
    [{ snapshots: 'all' }, 'all'],
  ])('with evidence %j read snapshots: %s', (evidence, policy) => {
    const { settings } = read({ name: 'north', spid: spid(), ...(evidence && { evidence }) });
    expect(settings.tenants.get('north')?.evidence).toEqual({ snapshots: policy });
  });

  it.each([
    [{ snapshots: 'some' }, 'tenants[0].evidence.snapshots', 'must be one of: off, on, all'],
    [{ snapshots: false }, 'tenants[0].evidence.snapshots', 'must be one of: off, on, all'],
    [{ snapshot: 'on' }, 'tenants[0].evidence.snapshot', 'is not a known setting; did you mean snapshots?'],
    ['on', 'tenants[0].evidence', "must be a mapping such as { snapshots: 'on' }"],
  ])('are refused with evidence %j', (evidence, path, reason) => {
    expect(errorsOf({ name: 'north', spid: spid(), evidence })).toEqual([{ path, reason }]);
  });

  const SPID = 'tenants[0].spid.budget';
  const IMPORT2 = 'tenants[0].import2.budget';

  it.each([
    ['spid', 10, SPID, 'must be a mapping such as { requests: 10, perSeconds: 1 }'],
    [
      'spid',
      { rate: 10 },
      `${SPID}.rate`,
      'is not a known setting; known here: requests, perSeconds, concurrency',
    ],
    ['spid', { requests: 10 }, SPID, 'must have requests and perSeconds together, or neither'],
    ['spid', { perSeconds: 1 }, SPID, 'must have requests and perSeconds together, or neither'],
    ['spid', { concurrency: 65 }, `${SPID}.concurrency`, 'must be at most connections (64)'],
    ['spid', { concurrency: 0 }, `${SPID}.concurrency`, 'must be a whole number from 1 to 256; it is 0'],
    ['import2', { requests: 10 }, IMPORT2, 'must have requests and perSeconds together, or neither'],
    ['import2', { concurrency: 17 }, `${IMPORT2}.concurrency`, 'must be at most connections (16)'],
    [
      'import2',
      { requests: 1_001, perSeconds: 1 },
      `${IMPORT2}.requests`,
      'must be a whole number from 1 to 1000; it is 1001',
    ],
    [
      'import2',
      { requests: 1, perSeconds: 3_601 },
      `${IMPORT2}.perSeconds`,
      'must be a whole number from 1 to 3600; it is 3601',
    ],
  ])('of %s are refused with the budget %j', (upstream, budget, path, reason) => {
    const vendor =
      upstream === 'spid' ? { spid: { ...spid(), budget } } : { import2: { ...import2(), budget } };
    expect(errorsOf({ name: 'north', ...vendor })).toEqual([{ path, reason }]);
  });

  it('are taken without quotes, as people write them', () => {
    folder.replace(
      'tollgate.yaml',
      stringify({
        tenants: [{ name: 'north', spid: spid() }],
        callers: [{ name: 'a', tenants: ['north'], scopes: ['ops:read'], keys: [{ sha256: sha256Of('a') }] }],
      }).replace('name: north', 'name: north\n    evidence:\n      snapshots: off'),
    );
    const { settings } = readSettingsFile(folder.file, { env: ENV });
    expect(settings.tenants.get('north')?.evidence).toEqual({ snapshots: 'off' });
  });
});
