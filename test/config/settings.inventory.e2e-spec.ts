import { Logger } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { SettingsDocument } from '../../src/config/settings/settings.js';
import { readSettingsFile } from '../../src/config/settings/file/settings.file.js';
import { SettingsReload } from '../../src/config/reload/settings.reload.js';
import { readSettings } from '../../src/config/reload/settings.read.js';
import { readSettingsApart } from '../../src/config/reload/settings.thread.js';
import { LedgerSettings } from '../../src/config/settings/ledger.settings.js';
import { sameValue } from '../../src/config/settings/structural.sharing.js';
import { SettingsSource } from '../../src/config/settings/settings.source.js';
import { TestAuthority } from '../support/network/certificates.js';
import { SettingsFolder, sha256Of } from '../support/settings.folder.js';

type Plain = Record<string, unknown>;

/** A value for each setting, and another one; what is nested is named as in the file, lists by `[]`. */
const VALUES: Record<string, readonly [unknown, unknown]> = {
  'tenants[].name': ['demo', 'brand'],
  'tenants[].spid.baseUrl': ['https://spid.example.com', 'https://spid2.example.com'],
  'tenants[].spid.clientId': ['client', 'client2'],
  'tenants[].spid.clientSecret': [{ file: 'a' }, { file: 'b' }],
  'tenants[].spid.signatureSecret': [{ file: 'a' }, { file: 'b' }],
  'tenants[].spid.signedAnswers': ['required', 'accepted'],
  'tenants[].spid.timeZone': ['Europe/Oslo', 'Europe/Helsinki'],
  'tenants[].spid.timeouts.attemptMs': [1_000, 2_000],
  'tenants[].spid.timeouts.totalMs': [5_000, 6_000],
  'tenants[].spid.connections': [4, 5],
  'tenants[].spid.budget.requests': [100, 200],
  'tenants[].spid.budget.perSeconds': [1, 2],
  'tenants[].spid.budget.concurrency': [3, 4],
  'tenants[].spid.cache.maxAgeSeconds': [30, 60],
  'tenants[].spid.cache.notGrantedMaxAgeSeconds': [0, 2],
  'tenants[].spid.cache.entries': [50_000, 10],
  'tenants[].spid.ca.file': ['one.pem', 'two.pem'],
  'tenants[].evidence.snapshots': ['on', 'off'],
  'tenants[].import2.baseUrl': ['https://import2.example.com/api/v2.1', 'https://other.example.com/api/v2.1'],
  'tenants[].import2.apiToken': [{ file: 'a' }, { file: 'b' }],
  'tenants[].import2.timeouts.attemptMs': [1_000, 2_000],
  'tenants[].import2.timeouts.totalMs': [5_000, 6_000],
  'tenants[].import2.connections': [4, 5],
  'tenants[].import2.budget.requests': [10, 5],
  'tenants[].import2.budget.perSeconds': [1, 2],
  'tenants[].import2.budget.concurrency': [3, 4],
  'tenants[].import2.ca.file': ['one.pem', 'two.pem'],
  'tenants[].import2.webhook.secret': [{ file: 'a' }, { file: 'b' }],
  'tenants[].import2.webhook.previousSecret': [{ file: 'c' }, { file: 'b' }],
  'tenants[].import2.webhook.maxAgeSeconds': [10, 20],
  'tenants[].import2.webhook.clockSkewSeconds': [5, 6],
  'callers[].name': ['shop', 'shop2'],
  'callers[].tenants': [['demo'], ['demo', 'second']],
  'callers[].scopes': [
    ['ops:read', 'operations:read'],
    ['ops:read', 'operations:read', 'vouchers:read'],
  ],
  'callers[].keys[].sha256': [sha256Of('a'), sha256Of('b')],
  'callers[].keys[].notBefore': ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
  'callers[].keys[].expires': ['2999-01-01T00:00:00Z', '2999-01-02T00:00:00Z'],
  'callers[].limit.requests': [100, 200],
  'callers[].limit.perSeconds': [1, 2],
  'callers[].limit.burst': [0, 50],
  'callers[].limit.concurrent': [10, 20],
  'callers[].scopeLimits[].name': ['probes', 'health'],
  'callers[].scopeLimits[].scopes': [['ops:read'], ['operations:read']],
  'callers[].scopeLimits[].limit.requests': [10, 20],
  'callers[].scopeLimits[].limit.perSeconds': [1, 2],
  'callers[].scopeLimits[].limit.burst': [0, 5],
  'callers[].scopeLimits[].limit.concurrent': [1, 2],
  'callers[].weight': [1, 2],
  'callers[].resources.products': [['1337'], ['1338']],
  'callers[].resources.voucherGroups': [['1'], ['2']],
  'callers[].resources.tokenNames': [['a'], ['b']],
  'callers[].cache.maxAgeSeconds': [0, 20],
  'issuers[].name': ['corp', 'corp2'],
  'issuers[].issuer': ['https://id.example.com', 'https://id2.example.com'],
  'issuers[].audience': ['tollgate', 'tollgate2'],
  'issuers[].jwksUri': ['https://id.example.com/keys', 'https://id.example.com/keys2'],
  'issuers[].algorithms': [['RS256'], ['ES256']],
  'issuers[].leewaySeconds': [30, 31],
  'issuers[].scopesClaim': ['scope', 'scp'],
  'issuers[].tenantClaim': ['tenant', 'brand'],
  'issuers[].callerClaim': ['sub', 'azp'],
  'issuers[].tenants': [['demo'], ['demo', 'second']],
  'issuers[].scopes': [['ops:read', 'operations:read'], ['ops:read']],
  'issuers[].limit.requests': [100, 200],
  'issuers[].limit.perSeconds': [1, 2],
  'issuers[].limit.burst': [0, 50],
  'issuers[].limit.concurrent': [10, 20],
  'issuers[].scopeLimits[].name': ['probes', 'health'],
  'issuers[].scopeLimits[].scopes': [['ops:read'], ['ops:read', 'operations:read']],
  'issuers[].scopeLimits[].limit.requests': [10, 20],
  'issuers[].scopeLimits[].limit.perSeconds': [1, 2],
  'issuers[].scopeLimits[].limit.burst': [0, 5],
  'issuers[].scopeLimits[].limit.concurrent': [1, 2],
  'issuers[].weight': [1, 2],
  'issuers[].resources.products': [['1337'], ['1338']],
  'issuers[].resources.voucherGroups': [['1'], ['2']],
  'issuers[].resources.tokenNames': [['a'], ['b']],
  'issuers[].cache.maxAgeSeconds': [0, 20],
  'ledger.answerKeys[].id': ['one', 'two'],
  'ledger.answerKeys[].key': [{ file: 'key' }, { file: 'key2' }],
  'ledger.fingerprintKey': [{ file: 'key' }, { file: 'key2' }],
  'ledger.leaseMs': [60_000, 70_000],
  'ledger.operationDays': [400, 300],
  'ledger.keyDays': [30, 20],
  trustedProxies: [['10.0.0.0/8'], ['fd00::/8']],
};

/** Settings that a reload cannot take over by themselves, with what it does instead. */
const OTHERWISE: Record<string, 'permits another setting' | 'refused'> = {
  'tenants[].allowPlainHttp': 'permits another setting',
  'issuers[].allowPlainHttp': 'permits another setting',
  'tenants[].import2.webhook.acceptUnsigned': 'permits another setting',
  // Under its id; with an id of its own it is taken over.
  'ledger.answerKeys[].key': 'refused',
  // A caller that belongs to a tenant that is not there.
  'tenants[].name': 'refused',
};

/**
 * Every file outside config that is given settings instead of asking SettingsSource at each use. Each has to follow a
 * reload in another way, or to run before there can be one.
 */
const GIVEN_SETTINGS: Record<string, string> = {
  'app.module.ts': 'the first settings; LedgerSettingsUpdate follows',
  'embedded/embedded.keys.ts': 'embedded mode has no file',
  'embedded/embedded.settings.ts': 'embedded mode has no file',
  'embedded/embedded.upstreams.ts': 'embedded mode has no file',
  'http/auth/caller.directory.ts': 'keeps hashes of keys only as long as the settings are the same object',
  'http/auth/visible.tenants.ts': 'is given the current ones at each request',
  'ledger/ledger.root.module.ts': 'the first settings; LedgerSettingsUpdate follows',
  'gateway.run.ts': 'the first settings',
  'start.log.ts': 'counts those of the start for one log line',
  'upstreams/transport/rotation/client.rotation.ts': 'proves new settings before it uses them',
  'upstreams/transport/upstream.channels.ts':
    'keeps the limits of an account only as long as the settings are the same object',
};

type Class = abstract new () => object;

interface NestedTypes {
  findTypeMetadata(type: Class, property: string): { typeFunction(): Class } | undefined;
}

/** Without types of its own; `@Type` writes into it. */
const { defaultMetadataStorage: nestedTypes } = createRequire(import.meta.url)(
  'class-transformer/cjs/storage.js',
) as { readonly defaultMetadataStorage: NestedTypes };

/** Every setting that the classes of the document allow. */
function leavesOf(type: Class, path = ''): string[] {
  const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  const lists = new Set(rules.filter(({ name }) => name === 'isArray').map((rule) => rule.propertyName));
  return [...new Set(rules.map(({ propertyName }) => propertyName))].flatMap((name) => {
    const here = `${path}${path && '.'}${name}`;
    const nested = nestedTypes.findTypeMetadata(type, name)?.typeFunction();
    if (!nested) return [here];
    return leavesOf(nested, lists.has(name) ? `${here}[]` : here);
  });
}

/** The document in which each setting has its first value, or its second where `changed` names it. */
function documentWith(changed?: string): Plain {
  const document: Plain = {};
  for (const [path, [first, second]] of Object.entries(VALUES)) {
    const steps = path.split('.');
    let place = document;
    for (const step of steps.slice(0, -1)) place = stepInto(place, step);
    place[steps.at(-1)!] = path === changed ? second : first;
  }
  const [first] = document.tenants as [Plain];
  // Two tenants with one webhook secret are refused.
  const { webhook: _, ...import2 } = first.import2 as Plain;
  (document.tenants as Plain[]).push({ ...first, name: 'second', import2 });
  return document;
}

function stepInto(place: Plain, step: string): Plain {
  if (!step.endsWith('[]')) return (place[step] ??= {}) as Plain;
  const list = (place[step.slice(0, -2)] ??= [{}]) as Plain[];
  return list[0]!;
}

const NO_SETTINGS = {
  tenants: new Map(),
  callers: [],
  issuers: [],
  ledger: new LedgerSettings(),
  trustedProxies: [],
};

const readHere: typeof readSettingsApart = (file, options) => Promise.resolve(readSettings(file, options));

describe('every setting of the file', () => {
  let folder: SettingsFolder;

  beforeAll(() => {
    Logger.overrideLogger(false);
    folder = new SettingsFolder();
    for (const name of ['a', 'b', 'c']) folder.replace(name, `the-secret-called-${name}`);
    folder.replace('key', Buffer.alloc(32, 1).toString('base64'));
    folder.replace('key2', Buffer.alloc(32, 2).toString('base64'));
    for (const name of ['one.pem', 'two.pem']) folder.replace(name, new TestAuthority().certificate);
  });

  afterAll(() => folder.remove());

  it('is in this inventory', () => {
    const known = new Set([...Object.keys(VALUES), ...Object.keys(OTHERWISE)]);
    expect(leavesOf(SettingsDocument).toSorted()).toEqual([...known].toSorted());
  });

  it('is the same when it is read in a thread of its own, secrets included', async () => {
    folder.settings(documentWith());
    const here = readSettingsFile(folder.file, { env: {} });
    const { ended, before } = { ended: new AbortController().signal, before: NO_SETTINGS };
    const { outcome, files } = await readSettingsApart(folder.file, { env: {}, before, ended });
    if (outcome instanceof Error) throw outcome;
    expect(sameValue(outcome.settings, here.settings)).toBe(true);
    expect(outcome.warnings).toMatchObject(here.warnings);
    expect([...files].map(([path]) => basename(path)).toSorted()).toEqual([
      'a',
      'c',
      'key',
      'one.pem',
      'tollgate.yaml',
    ]);
    const secret = outcome.settings.tenants.get('demo')?.spid?.clientSecret;
    expect(secret?.reveal()).toBe('the-secret-called-a');
    expect(
      [outcome.settings, outcome.settings.callers, outcome.settings.callers[0]?.keys[0]].every(
        Object.isFrozen,
      ),
    ).toBe(true);
  });

  it.each(Object.keys(VALUES))('%s is taken over at a reload, or the file is refused', async (path) => {
    folder.settings(documentWith());
    const source = new SettingsSource(readSettingsFile(folder.file, { env: {} }).settings);
    const reload = new SettingsReload(folder.file, source, { env: {}, read: readHere });
    await reload.onApplicationBootstrap();
    const before = source.current;
    folder.settings(documentWith(path));
    await reload.reload();
    reload.onApplicationShutdown();
    const happened = source.state.state === 'refused' ? 'refused' : source.current !== before;
    expect(happened).toBe(OTHERWISE[path] ?? true);
    if (happened === true) {
      expect(source.current).toEqual(readSettingsFile(folder.file, { env: {} }).settings);
    }
  });
});

describe('settings in the code', () => {
  it('are asked for at each use, or the place is in this inventory', () => {
    const source = new URL('../../src/', import.meta.url).pathname;
    const files = globSync('**/*.ts', { cwd: source }).filter((file) => !/^config\/|spec\.ts$/.test(file));
    const given = /: (Settings|LedgerSettings)\b|\bsettings\.(ledger|tenants|callers|issuers)\b/;
    const found = files.filter((file) => given.test(readFileSync(source + file, 'utf8')));
    expect(found.toSorted()).toEqual(Object.keys(GIVEN_SETTINGS).toSorted());
  });
});
