import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Document, parseDocument } from 'yaml';
import { ConfigurationError, type ConfigurationIssue } from '../../src/config/errors/configuration.error.js';
import { readSettingsFile, type SettingsFile } from '../../src/config/settings/file/settings.file.js';

const GOOD = `
tenants:
  - name: north
    spid:
      baseUrl: https://login.example.com/
      clientId: 4e8463569caf7ca019000007
      clientSecret: { file: spid-secret }
      signatureSecret: { env: SPID_SIGNATURE }
      signedAnswers: required
      timeZone: Europe/Oslo
    import2:
      baseUrl: https://import.example.com/api/v2.1
      apiToken: { env: IMPORT2_TOKEN }
  - name: south
    spid:
      baseUrl: https://login.example.com
      clientId: '52'
      clientSecret: { file: spid-secret }
      timeZone: Europe/Stockholm
      timeouts: { attemptMs: 2000 }
      connections: 4
callers:
  - name: checkout
    tenants: [north, south]
    scopes: [entitlements:read, vouchers:handout]
    keys:
      - sha256: ${'a1'.repeat(32)}
        notBefore: 2026-01-01T00:00:00Z
        expires: 2026-06-01T00:00:00+02:00
      - sha256: ${'b2'.repeat(32)}
    limit: { requests: 5, perSeconds: 10 }
    weight: 3
  - name: mover
    tenants: [north]
    scopes: [migrations:write, operations:read]
    keys: [{ sha256: ${'c3'.repeat(32)} }]
ledger:
  answerKeys:
    - id: '2026-03'
      key: { file: answer-key }
    - id: '2025-03'
      key: { env: OLD_ANSWER_KEY }
  fingerprintKey: { env: FINGERPRINT_KEY }
  keyDays: 14
`;

const KEY_BYTES = Buffer.alloc(32, 'k');

const ENV = {
  SPID_SIGNATURE: 'canary-signature-secret',
  IMPORT2_TOKEN: 'canary-token-of-20-chars',
  OLD_ANSWER_KEY: KEY_BYTES.toString('hex'),
  FINGERPRINT_KEY: KEY_BYTES.toString('base64url'),
};

describe('the settings file', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-settings-'));
    writeFileSync(join(folder, 'spid-secret'), 'canary-client-secret\n', { mode: 0o600 });
    writeFileSync(join(folder, 'answer-key'), KEY_BYTES.toString('base64'), { mode: 0o600 });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function read(text: string, now = new Date('2026-03-01T00:00:00Z')): SettingsFile {
    const path = join(folder, 'tollgate.yaml');
    writeFileSync(path, text);
    return readSettingsFile(path, { env: ENV, now });
  }

  /** The good file with one thing changed; `undefined` takes it away. */
  function changed(path: readonly (string | number)[], value: unknown): string {
    const document: Document = parseDocument(GOOD);
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, document.createNode(value));
    return String(document);
  }

  function errorsOf(text: string): readonly ConfigurationIssue[] {
    try {
      read(text);
    } catch (error) {
      if (error instanceof ConfigurationError) return error.issues;
      throw error;
    }
    return [];
  }

  it('becomes settings with its secrets resolved and its defaults filled in', () => {
    const { settings, warnings } = read(GOOD);
    const north = settings.tenants.get('north');
    expect(north?.spid).toMatchObject({
      baseUrl: 'https://login.example.com',
      signedAnswers: 'required',
      timeouts: { attemptMs: 6_000, totalMs: 10_000 },
      connections: 64,
    });
    expect(north?.spid?.clientSecret.reveal()).toBe('canary-client-secret');
    expect(north?.spid?.signatureSecret?.reveal()).toBe('canary-signature-secret');
    expect(north?.import2?.apiToken.reveal()).toBe('canary-token-of-20-chars');
    expect(north?.import2).toMatchObject({
      timeouts: { attemptMs: 20_000, totalMs: 25_000 },
      connections: 16,
    });
    expect(settings.tenants.get('south')?.spid).not.toHaveProperty('signedAnswers');
    expect(settings.tenants.get('south')?.spid).toMatchObject({
      timeouts: { attemptMs: 2_000, totalMs: 10_000 },
      connections: 4,
    });
    expect(settings.callers.map(({ name, limit, weight }) => ({ name, limit, weight }))).toEqual([
      { name: 'checkout', limit: { requests: 5, perSeconds: 10 }, weight: 3 },
      { name: 'mover', limit: { requests: 100, perSeconds: 1 }, weight: 1 },
    ]);
    expect(settings.callers[0]?.keys[0]).toEqual({
      sha256: Buffer.from('a1'.repeat(32), 'hex'),
      notBefore: new Date('2026-01-01T00:00:00Z'),
      expires: new Date('2026-05-31T22:00:00Z'),
    });
    expect(warnings).toEqual([]);
  });

  it('reads the keys of the ledger in base64 and hex, the current one first', () => {
    const { answerKeys, fingerprintKey, operationDays, keyDays, leaseMs } = read(GOOD).settings.ledger;
    const key = KEY_BYTES.toString('base64');
    expect(answerKeys.map((each) => [each.id, each.key.reveal()])).toEqual([
      ['2026-03', key],
      ['2025-03', key],
    ]);
    expect(fingerprintKey?.reveal()).toBe(key);
    expect({ operationDays, keyDays }).toEqual({ operationDays: 400, keyDays: 14 });
    expect(leaseMs).toBe(60_000);
  });

  it('needs the keys of the ledger only for the scopes that store secrets', () => {
    const [needed] = GOOD.replace('migrations:write', 'vouchers:draw').split('ledger:');
    expect(errorsOf(needed ?? '')).toEqual([
      {
        path: 'callers[1].scopes[0]',
        reason: 'vouchers:draw needs ledger.answerKeys, because drawn codes are stored encrypted',
      },
    ]);
    const [harmless] = GOOD.replace('migrations:write', 'migrations:read').split('ledger:');
    expect(errorsOf(harmless ?? '')).toEqual([]);
  });

  it('shows no secret when the settings are printed', () => {
    expect(JSON.stringify([...read(GOOD).settings.tenants.values()])).not.toContain('canary');
  });

  const SPID = ['tenants', 0, 'spid'] as const;
  const KEY = ['callers', 0, 'keys', 0] as const;

  it.each<[readonly (string | number)[], unknown, string, string | RegExp]>([
    [['tenants'], undefined, 'tenants', 'is missing'],
    [['tenants'], [], 'tenants', 'must have at least one entry'],
    [['tenants'], { north: {} }, 'tenants', /^must be a list, such as \[\{ name/],
    [['callers'], [], 'callers', 'must have at least one entry'],
    [['callers', 1], null, 'callers[1]', /^must be a mapping such as \{ name/],
    [['constructor'], 'canary', 'constructor', 'is not a known setting'],
    [['callerz'], 'canary', 'callerz', 'is not a known setting; did you mean callers?'],
    [[...SPID, 'clientSekret'], 'canary', 'tenants[0].spid.clientSekret', /did you mean clientSecret\?$/],
    [[...SPID, 'canary secret'], 1, 'tenants[0].spid.(odd key)', /^is not .*; known here: baseUrl, /],
    [[...SPID, 'timeouts'], { retryMs: 1 }, 'tenants[0].spid.timeouts.retryMs', /here: attemptMs, totalMs$/],
    [[...SPID, 'timeouts'], null, 'tenants[0].spid.timeouts', /^is empty; must be a mapping such as/],
    [
      [...SPID, 'timeouts'],
      { totalMs: 500 },
      'tenants[0].spid.timeouts',
      /totalMs .* at least its attemptMs/,
    ],
    [
      [...SPID, 'clientSecret'],
      'canary',
      'tenants[0].spid.clientSecret',
      /is never written in the settings file/,
    ],
    [[...SPID, 'clientSecret'], undefined, 'tenants[0].spid.clientSecret', 'is missing'],
    [
      [...SPID, 'clientSecret'],
      { file: 'no-canary' },
      'tenants[0].spid.clientSecret',
      /cannot be read \(ENOENT\)/,
    ],
    [[...SPID, 'clientSecret'], { env: 'NO_CANARY' }, 'tenants[0].spid.clientSecret', /is not set/],
    [[...SPID, 'clientSecret'], { env: 'A', file: 'b' }, 'tenants[0].spid.clientSecret', /must be \{ file/],
    [[...SPID, 'clientId'], 123456, 'tenants[0].spid.clientId', 'must be a string; put it in quotes'],
    [[...SPID, 'timeZone'], undefined, 'tenants[0].spid.timeZone', 'is missing'],
    [[...SPID, 'timeZone'], 'Europe/Canary', 'tenants[0].spid.timeZone', /IANA/],
    [[...SPID, 'timeZone'], '+01:00', 'tenants[0].spid.timeZone', /IANA/],
    [[...SPID, 'connections'], 0, 'tenants[0].spid.connections', /whole number from 1 to 256/],
    [[...SPID, 'connections'], '8', 'tenants[0].spid.connections', /whole number from 1 to 256/],
    [['callers', 0, 'weight'], 0, 'callers[0].weight', /from 1 to 1000/],
    [[...SPID, 'signedAnswers'], 'canary', 'tenants[0].spid.signedAnswers', /one of: required, accepted/],
    [[...SPID, 'signedAnswers'], undefined, 'tenants[0].spid.signedAnswers', /required or accepted/],
    [[...SPID, 'signatureSecret'], undefined, 'tenants[0].spid.signatureSecret', /is needed/],
    [[...SPID, 'baseUrl'], 'http://canary.example.com', 'tenants[0].spid.baseUrl', /https/],
    [
      [...SPID, 'baseUrl'],
      'https://canary:x@example.com',
      'tenants[0].spid.baseUrl',
      'must not carry credentials',
    ],
    [[...SPID, 'baseUrl'], 'https://example.com/api/2', 'tenants[0].spid.baseUrl', /must not have a path/],
    [
      ['tenants', 0, 'import2', 'baseUrl'],
      'https://example.com',
      'tenants[0].import2.baseUrl',
      /must have the path/,
    ],
    [['tenants', 1, 'name'], 'north', 'tenants[1].name', 'is the name of an earlier tenant: tenants[0].name'],
    [['tenants', 1, 'name'], 'Canary Nord', 'tenants[1].name', /lowercase letters/],
    [['tenants', 1, 'spid'], undefined, 'tenants[1]', 'must have spid, import2 or both'],
    [['callers', 1, 'name'], 'checkout', 'callers[1].name', /^is the name of .* caller: callers\[0\]\.name$/],
    [['callers', 1, 'tenants'], ['canary'], 'callers[1].tenants[0]', /not the name of a tenant/],
    [['callers', 1, 'tenants'], undefined, 'callers[1].tenants', /^must name a tenant; only ops:read and/],
    [['callers', 1, 'tenants'], ['north', 'north'], 'callers[1].tenants[1]', 'is in the list twice'],
    [
      ['callers', 1, 'tenants'],
      ['south'],
      'callers[1].scopes[0]',
      'needs tenants[1].import2 (tenant south), which is not there; add it, or remove the scope or the tenant',
    ],
    [['callers', 1, 'scopes'], ['canary:read'], 'callers[1].scopes[0]', /^must be one of: /],
    [['callers', 1, 'keys'], [], 'callers[1].keys', 'must have at least one entry'],
    [['callers', 1, 'keys', 0, 'sha256'], 'a1'.repeat(32), 'callers[1].keys[0].sha256', /earlier key/],
    [
      [...KEY, 'expires'],
      '2026-02-30T00:00:00Z',
      'callers[0].keys[0].expires',
      'is not a date and time of the calendar',
    ],
    [[...KEY, 'expires'], '2026-02-20', 'callers[0].keys[0].expires', /RFC 3339/],
    [[...KEY, 'expires'], '2026-02-20T00:00:00', 'callers[0].keys[0].expires', /RFC 3339/],
    [
      [...KEY, 'expires'],
      '2025-12-31T00:00:00Z',
      'callers[0].keys[0].expires',
      'must be later than notBefore',
    ],
    [['callers', 0, 'limit'], { requests: 1 }, 'callers[0].limit.perSeconds', 'is missing'],
    [['ledger', 'answerKeys', 0, 'key'], { file: 'spid-secret' }, 'ledger.answerKeys[0].key', /32 bytes/],
    [['ledger', 'answerKeys', 1, 'id'], '2026-03', 'ledger.answerKeys[1].id', /earlier key: .*\[0\]\.id$/],
    [
      ['ledger', 'fingerprintKey'],
      'canary',
      'ledger.fingerprintKey',
      /is never written in the settings file/,
    ],
    [
      ['ledger', 'fingerprintKey'],
      undefined,
      'callers[1].scopes[0]',
      /^migrations:write needs ledger.fingerprintKey/,
    ],
    [['ledger', 'leaseMs'], 25_000, 'ledger.leaseMs', /more than the longest totalMs of an upstream, 25000/],
    [['ledger', 'keyDays'], 401, 'ledger.keyDays', /not be more than operationDays/],
  ])('refuses %j = %j by its path', (path, value, errorPath, reason) => {
    const errors = errorsOf(changed(path, value));
    expect(errors).toContainEqual({
      path: errorPath,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
    expect(JSON.stringify(errors)).not.toMatch(/canary/i);
  });

  it('warns where shared voucher codes cannot be taken, for want of a key to hash them', () => {
    const document = parseDocument(changed(['callers', 0, 'scopes'], ['vouchers:manage']));
    document.setIn(['callers', 1, 'scopes'], document.createNode(['operations:read']));
    const warnings = () => read(String(document)).warnings.filter(({ path }) => path.includes('scopes'));
    expect(warnings()).toEqual([]);
    document.deleteIn(['ledger', 'fingerprintKey']);
    expect(warnings()).toEqual([
      {
        path: 'callers[0].scopes[0]',
        reason: expect.stringMatching(/^without ledger.fingerprintKey, voucherCode .* is refused/),
      },
    ]);
  });

  const ISSUER = {
    name: 'corp',
    issuer: 'https://id.example.com',
    audience: 'tollgate',
    jwksUri: 'https://id.example.com/oauth/jwks',
    algorithms: ['ES256'],
    tenants: ['north'],
    scopes: ['entitlements:read'],
  };

  it('lets issuers vouch for callers, beside or instead of keys', () => {
    const document = parseDocument(changed(['issuers'], [ISSUER]));
    document.deleteIn(['callers']);
    const { callers, issuers } = read(String(document)).settings;
    expect(callers).toEqual([]);
    expect(issuers).toEqual([
      {
        ...ISSUER,
        scopes: new Set(['entitlements:read']),
        leewaySeconds: 30,
        scopesClaim: 'scope',
        callerClaim: 'sub',
        limit: { requests: 100, perSeconds: 1 },
        weight: 1,
        resources: {},
      },
    ]);
  });

  it.each<[object, string, string | RegExp]>([
    [{ algorithms: ['HS256'] }, 'issuers[0].algorithms[0]', /RS256, ES256, EdDSA/],
    [{ algorithms: ['none'] }, 'issuers[0].algorithms[0]', /RS256, ES256, EdDSA/],
    [{ jwksUri: 'http://id.example.com/keys' }, 'issuers[0].jwksUri', /https/],
    [{ leewaySeconds: 301 }, 'issuers[0].leewaySeconds', /from 0 to 300/],
    [{ weight: 1_001 }, 'issuers[0].weight', /from 1 to 1000/],
    [{ tenants: ['west'] }, 'issuers[0].tenants[0]', /not the name of a tenant/],
    [
      { tenants: ['south'], scopes: ['migrations:read'] },
      'issuers[0].scopes[0]',
      /needs tenants\[1\].import2/,
    ],
    [{ resources: { products: ['a*b'] } }, 'issuers[0].resources.products[0]', /beginning of ids/],
    [{ resources: { productz: ['1'] } }, 'issuers[0].resources.productz', /did you mean products/],
  ])('refuses an issuer with %j', (change, path, reason) => {
    expect(errorsOf(changed(['issuers'], [{ ...ISSUER, ...change }]))).toContainEqual({
      path,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
  });

  it('refuses two issuers with one claim iss, and scopes that lack the keys of the ledger', () => {
    const twice = changed(['issuers'], [ISSUER, { ...ISSUER, name: 'other' }]);
    expect(errorsOf(twice)).toEqual([
      { path: 'issuers[1].issuer', reason: 'is the issuer of an earlier entry: issuers[0].issuer' },
    ]);
    const document = parseDocument(changed(['issuers'], [{ ...ISSUER, scopes: ['vouchers:draw'] }]));
    document.deleteIn(['ledger', 'answerKeys']);
    expect(errorsOf(String(document)).map(({ path }) => path)).toContain('issuers[0].scopes[0]');
  });

  it('reports every error of a value by itself together, of its form and of its reference', () => {
    const text = GOOD.replace('spid-secret', 'nowhere')
      .replace('Europe/Oslo', '1')
      .replace('[north]', '[nort]');
    expect(errorsOf(text).map(({ path }) => path)).toEqual([
      'tenants[0].spid.timeZone',
      'tenants[0].spid.clientSecret',
    ]);
  });

  it('then reports every error between parts together', () => {
    const text = GOOD.replace('[north]', '[nort]')
      .replace('timeouts: { attemptMs: 2000 }', 'timeouts: { attemptMs: 20000 }')
      .replace('https://login.example.com/', 'http://login.example.com/')
      .replace('signedAnswers: required', '')
      .replace('keyDays: 14', 'keyDays: 401');
    expect(errorsOf(text).map(({ path }) => path)).toEqual([
      'tenants[0].spid.signedAnswers',
      'tenants[0].spid.baseUrl',
      'tenants[1].spid.timeouts',
      'callers[1].tenants[0]',
      'ledger.keyDays',
    ]);
  });

  it('becomes objects that are frozen and have no members for what is left out', () => {
    const { settings } = read(GOOD);
    const south = settings.tenants.get('south');
    const parts = [
      settings,
      south,
      south?.spid,
      south?.spid?.timeouts,
      settings.callers,
      settings.callers[0],
      settings.callers[1]?.limit,
      settings.callers[1]?.keys,
      settings.callers[1]?.keys[0],
      settings.ledger,
      settings.ledger.answerKeys,
      settings.ledger.answerKeys[0],
      settings.issuers,
      settings.trustedProxies,
    ];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual(parts.map(() => true));
    expect(Object.keys(south ?? {})).toEqual(['name', 'spid', 'evidence']);
    expect(Object.keys(settings.callers[1]?.resources ?? {})).toEqual([]);
  });

  it('lets a tenant with the setting reach another machine over http', () => {
    const text = changed(['tenants', 1, 'allowPlainHttp'], true).replace(
      /(name: south[^]*?baseUrl: )https:\/\/login.example.com/,
      '$1http://spid:4001',
    );
    expect(read(text).settings.tenants.get('south')?.spid?.baseUrl).toBe('http://spid:4001');
  });

  it('warns of an expired key and of a secret that every user can read', () => {
    writeFileSync(join(folder, 'open-secret'), 'canary-client-secret', { mode: 0o644 });
    const text = changed(['tenants', 1, 'spid', 'clientSecret'], { file: 'open-secret' });
    expect(read(text, new Date('2026-07-01T00:00:00Z')).warnings).toEqual([
      { path: 'tenants[1].spid.clientSecret', reason: expect.stringContaining('every user') },
      { path: 'callers[0].keys[0]', reason: expect.stringContaining('has expired') },
    ]);
  });

  it.each(['', '# nothing', '[]', 'canary', '- canary', 'a: &a [*a]', '{tenants: &t [*t], callers: *t}'])(
    'refuses the document %j',
    (text) => {
      expect(errorsOf(text).length).toBeGreaterThan(0);
    },
  );

  it('refuses a path that is no readable file', () => {
    expect(() => readSettingsFile(join(folder, 'nowhere.yaml'), { env: {} })).toThrow(ConfigurationError);
    expect(() => readSettingsFile(folder, { env: {} })).toThrow(ConfigurationError);
  });
});
