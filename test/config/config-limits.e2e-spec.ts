import { ConfigurationError, type ConfigurationIssue } from '../../src/config/errors/configuration.error.js';
import { readSettingsFile } from '../../src/config/settings/file/settings.file.js';
import { sha256Of, SettingsFolder } from '../support/settings.folder.js';
import { ENV, ISSUER, SPID } from './settings.parts.js';

const LIMIT = { requests: 1, perSeconds: 60 };

const READS = { name: 'reads', scopes: ['entitlements:read'], limit: { ...LIMIT, burst: 3, concurrent: 4 } };
const HANDOUTS = { name: 'handouts', scopes: ['vouchers:handout'], limit: LIMIT };

const ACCESS = { tenants: ['north'], scopes: ['entitlements:read', 'vouchers:handout'] };

describe('limits in the settings', () => {
  let folder: SettingsFolder;

  beforeAll(() => {
    folder = new SettingsFolder();
  });
  afterAll(() => folder.remove());

  /** A caller and an issuer with the same limits. */
  function read(limits: object) {
    const caller = { ...ACCESS, name: 'shop', keys: [{ sha256: sha256Of('shop') }] };
    folder.settings({
      tenants: [{ name: 'north', spid: SPID }],
      callers: [{ ...caller, ...limits }],
      issuers: [{ ...ISSUER, ...ACCESS, ...limits }],
    });
    return readSettingsFile(folder.file, { env: ENV }).settings;
  }

  function errorsOf(limits: object): readonly ConfigurationIssue[] {
    try {
      read(limits);
    } catch (error) {
      if (error instanceof ConfigurationError) return error.issues;
      throw error;
    }
    return [];
  }

  it('are those of every caller, with bursts, concurrency and groups of scopes', () => {
    const limits = { limit: { ...LIMIT, burst: 5, concurrent: 8 }, scopeLimits: [READS, HANDOUTS] };
    const { callers, issuers } = read(limits);
    const scopeLimits = [READS, HANDOUTS].map((each) => ({ ...each, scopes: new Set(each.scopes) }));
    for (const each of [callers[0], issuers[0]]) {
      expect(each).toMatchObject({ limit: limits.limit });
      expect(each?.scopeLimits).toEqual(scopeLimits);
    }
  });

  it('may be left out', () => {
    const { callers } = read({ limit: LIMIT });
    expect(callers[0]).not.toHaveProperty('scopeLimits');
    expect(callers[0]?.limit).toEqual(LIMIT);
  });

  it.each<[object, string, string | RegExp]>([
    [{ limit: { ...LIMIT, burst: -1 } }, 'limit.burst', /whole number from 0/],
    [{ limit: { ...LIMIT, concurrent: 0 } }, 'limit.concurrent', /whole number from 1/],
    [
      { limit: { ...LIMIT, concurrency: 1 } },
      'limit.concurrency',
      'is not a known setting; did you mean concurrent?',
    ],
    [{ scopeLimits: [] }, 'scopeLimits', 'must have at least one entry'],
    [{ scopeLimits: [{ ...HANDOUTS, limit: undefined }] }, 'scopeLimits[0].limit', 'is missing'],
    [{ scopeLimits: [{ ...HANDOUTS, name: 'import2' }] }, 'scopeLimits[0].name', /^must not be caller, spid/],
    [{ scopeLimits: [{ ...HANDOUTS, name: 'caller' }] }, 'scopeLimits[0].name', /^must not be caller, spid/],
    [{ scopeLimits: [{ ...HANDOUTS, name: 'a-concurrent' }] }, 'scopeLimits[0].name', /end in -concurrent/],
    [{ scopeLimits: [{ ...HANDOUTS, name: '"a' }] }, 'scopeLimits[0].name', /lowercase letters/],
    [
      { scopeLimits: [HANDOUTS, { ...READS, name: 'handouts' }] },
      'scopeLimits[1].name',
      /^is the name of an earlier entry: (callers|issuers)\[0\]\.scopeLimits\[0\]\.name$/,
    ],
    [{ scopeLimits: [{ ...HANDOUTS, scopes: ['all'] }] }, 'scopeLimits[0].scopes[0]', /^must be one of: /],
    [
      { scopeLimits: [HANDOUTS, { ...READS, scopes: HANDOUTS.scopes }] },
      'scopeLimits[1].scopes[0]',
      /^is in an earlier entry: (callers|issuers)\[0\]\.scopeLimits\[0\]\.scopes\[0\]$/,
    ],
    [
      { scopeLimits: [{ ...HANDOUTS, scopes: ['vouchers:draw'] }] },
      'scopeLimits[0].scopes[0]',
      'is not in the scopes of this caller or issuer',
    ],
  ])('are refused as %j, by their path', (limits, path, reason) => {
    const errors = errorsOf(limits);
    for (const holder of ['callers[0]', 'issuers[0]']) {
      expect(errors).toContainEqual({
        path: `${holder}.${path}`,
        reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
      });
    }
  });
});
