import { ConfigurationError } from '../../src/config/errors/configuration.error.js';
import { readSettingsFile } from '../../src/config/settings/file/settings.file.js';
import { sha256Of, SettingsFolder } from '../support/settings.folder.js';
import { ENV, ISSUER, SPID } from './settings.parts.js';

const ACCESS = { tenants: ['north'], scopes: ['entitlements:read'] };

describe('the cache in the settings', () => {
  let folder: SettingsFolder;

  beforeAll(() => {
    folder = new SettingsFolder();
  });
  afterAll(() => folder.remove());

  /** @param holder the part of a caller and of an issuer */
  function read(holder: object, spidCache?: object) {
    const spid = { ...SPID, ...(spidCache && { cache: spidCache }) };
    const caller = { ...ACCESS, name: 'shop', keys: [{ sha256: sha256Of('shop') }] };
    folder.settings({
      tenants: [{ name: 'north', spid }],
      callers: [{ ...caller, ...holder }],
      issuers: [{ ...ISSUER, ...ACCESS, ...holder }],
    });
    return readSettingsFile(folder.file, { env: ENV });
  }

  it('is fresh for every caller, and bounded for every tenant, when it is left out', () => {
    const { tenants, callers, issuers } = read({}).settings;
    expect(tenants.get('north')?.spid?.cache).toEqual({
      maxAgeSeconds: 30,
      notGrantedMaxAgeSeconds: 0,
      entries: 50_000,
    });
    for (const each of [callers[0], issuers[0]]) expect(each).not.toHaveProperty('cache');
  });

  it('takes the default of a caller, of an issuer and the limits of a tenant', () => {
    const limits = { maxAgeSeconds: 300, notGrantedMaxAgeSeconds: 5, entries: 1 };
    const { settings, warnings } = read({ cache: { maxAgeSeconds: 300 } }, limits);
    expect(settings.tenants.get('north')?.spid?.cache).toEqual(limits);
    for (const each of [settings.callers[0], settings.issuers[0]]) {
      expect(each?.cache).toEqual({ maxAgeSeconds: 300 });
    }
    expect(warnings).toEqual([]);
  });

  it('warns of a caller whose tenants allow only less', () => {
    const { warnings } = read({ cache: { maxAgeSeconds: 31 } });
    expect(warnings).toEqual(
      ['callers[0]', 'issuers[0]'].map((holder) => ({
        path: `${holder}.cache.maxAgeSeconds`,
        reason: 'is more than spid.cache.maxAgeSeconds of its tenants allows: 30 applies',
      })),
    );
  });

  it.each<[object, object, string, RegExp | string]>([
    [{ cache: { maxAgeSeconds: 301 } }, {}, 'callers[0].cache.maxAgeSeconds', /from 0 to 300/],
    [{ cache: { maxAgeSeconds: 301 } }, {}, 'issuers[0].cache.maxAgeSeconds', /from 0 to 300/],
    [{ cache: { maxAgeSeconds: '30' } }, {}, 'callers[0].cache.maxAgeSeconds', /from 0 to 300/],
    [{ cache: { maxAge: 30 } }, {}, 'callers[0].cache.maxAge', /did you mean maxAgeSeconds\?$/],
    [{ cache: 30 }, {}, 'callers[0].cache', 'must be a mapping such as { maxAgeSeconds: 10 }'],
    [{}, { maxAgeSeconds: 301 }, 'tenants[0].spid.cache.maxAgeSeconds', /from 0 to 300/],
    [{}, { notGrantedMaxAgeSeconds: 6 }, 'tenants[0].spid.cache.notGrantedMaxAgeSeconds', /from 0 to 5/],
    [{}, { entries: 0 }, 'tenants[0].spid.cache.entries', /from 1 to 1000000/],
  ])('refuses %j with %j', (holder, spidCache, path, reason) => {
    let issues: readonly object[] = [];
    try {
      read(holder, spidCache);
    } catch (error) {
      if (error instanceof ConfigurationError) issues = error.issues;
    }
    expect(issues).toContainEqual({
      path,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });
});
