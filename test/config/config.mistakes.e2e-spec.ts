import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError, type ConfigurationIssue } from '../../src/config/errors/configuration.error.js';
import { readSettingsFile } from '../../src/config/settings/file/settings.file.js';
import { SettingsFolder } from '../support/settings.folder.js';

const HASH = 'c3'.repeat(32);

const GOOD = `
tenants:
  - name: north
    import2:
      baseUrl: https://import.example.com/api/v2.1
      apiToken: { file: token }
callers:
  - name: mover
    tenants: [north]
    scopes: [migrations:read, operations:read]
    keys: [{ sha256: ${HASH} }]
`;

describe('a mistake in the settings file', () => {
  let folder: SettingsFolder;

  beforeAll(() => {
    folder = new SettingsFolder();
    folder.replace('token', 'canary-token-of-20-chars');
  });

  afterAll(() => folder.remove());

  function warningsOf(text: string): readonly ConfigurationIssue[] {
    folder.replace('tollgate.yaml', text);
    return readSettingsFile(folder.file, { env: {} }).warnings;
  }

  function errorsOf(text: string): readonly ConfigurationIssue[] {
    folder.replace('tollgate.yaml', text);
    try {
      readSettingsFile(folder.file, { env: {} });
    } catch (error) {
      if (error instanceof ConfigurationError) return error.issues;
      throw error;
    }
    return [];
  }

  it.each<[string, readonly [string, string], string, string | RegExp]>([
    [
      'a misspelt name',
      ['apiToken', 'api_token'],
      'tenants[0].import2.api_token',
      /; did you mean apiToken\?$/,
    ],
    [
      'a name that every object inherits',
      ['baseUrl:', 'toString: a\n      baseUrl:'],
      'tenants[0].import2.toString',
      'is not a known setting',
    ],
    [
      'a merge key',
      ['baseUrl:', '<<: { canary: 1 }\n      baseUrl:'],
      'tenants[0].import2.(odd key)',
      /^merges \(<<\), .* YAML 1\.2/,
    ],
    [
      'a misspelt scope',
      ['operations:read', 'operation:read'],
      'callers[0].scopes[1]',
      /; did you mean operations:read\?$/,
    ],
    ['a misspelt tenant', ['[north]', '[nroth]'], 'callers[0].tenants[0]', /; did you mean north\?$/],
    [
      'a number without quotes',
      ['[north]', '[north, 7]'],
      'callers[0].tenants[1]',
      'must be a string; put it in quotes',
    ],
    [
      'a repeated scope',
      ['operations:read', 'migrations:read'],
      'callers[0].scopes[1]',
      'is in the list twice',
    ],
    [
      'a value in place of a mapping',
      ['keys:', 'limit: 5\n    keys:'],
      'callers[0].limit',
      'must be a mapping such as { requests: 100, perSeconds: 1 }',
    ],
    [
      'an entry that is no mapping',
      ['[{ sha256', '[7, { sha256'],
      'callers[0].keys[0]',
      /^must be a mapping such as \{ sha256/,
    ],
    [
      'a mapping in place of a list',
      [`[{ sha256: ${HASH} }]`, '{ sha256: 1 }'],
      'callers[0].keys',
      /^must be a list, such as \[\{ sha256/,
    ],
    [
      'one word in place of a list',
      ['[north]', 'canary'],
      'callers[0].tenants',
      'must be a list; put the value in [ ]',
    ],
    [
      'words in place of a list',
      ['[migrations:read, operations:read]', 'migrations:read, canary operations:read'],
      'callers[0].scopes',
      'must be a list, such as [migrations:read, operations:read]',
    ],
    [
      'a mapping in place of a list of words',
      ['[north]', '{ canary: 1 }'],
      'callers[0].tenants',
      'must be a list, such as [first, second]',
    ],
    [
      'a key in place of its hash',
      [HASH, 'tg_canary-of-a-key'],
      'callers[0].keys[0].sha256',
      /^is a key in place of its SHA-256.*`tollgate keys new` prints a new key/,
    ],
    ['an uppercase hash', [HASH, HASH.toUpperCase()], 'callers[0].keys[0].sha256', 'must be in lowercase'],
    [
      'no hash',
      [HASH, 'canary'],
      'callers[0].keys[0].sha256',
      'must be a SHA-256 in 64 lowercase hex digits; `tollgate keys new` prints one',
    ],
    [
      'a hash that is there already',
      ['}]', `}, { sha256: ${HASH} }]`],
      'callers[0].keys[1].sha256',
      'is the hash of an earlier key, and each key belongs to one caller: callers[0].keys[0].sha256',
    ],
    [
      'a scope without its vendor',
      ['operations:read', 'vouchers:read'],
      'callers[0].scopes[1]',
      'needs tenants[0].spid (tenant north), which is not there; add it, or remove the scope or the tenant',
    ],
    [
      'a number that is too large',
      ['keys:', 'weight: 1001\n    keys:'],
      'callers[0].weight',
      'must be a whole number from 1 to 1000; it is 1001',
    ],
    [
      'a number in quotes',
      ['keys:', "weight: '5'\n    keys:"],
      'callers[0].weight',
      'must be a whole number from 1 to 1000, without quotes',
    ],
    [
      'text in place of a number',
      ['keys:', 'weight: canary\n    keys:'],
      'callers[0].weight',
      'must be a whole number from 1 to 1000',
    ],
    [
      'a number with a newline behind it',
      ['keys:', 'weight: "5\\n"\n    keys:'],
      'callers[0].weight',
      'must be a whole number from 1 to 1000, without quotes; it ends with a newline',
    ],
    [
      'a flag with spaces around it',
      ['import2:', "allowPlainHttp: ' true '\n    import2:"],
      'tenants[0].allowPlainHttp',
      'must be true or false, without quotes; it begins with white space and ends with white space',
    ],
    [
      'a URL with a newline behind it',
      ['https://import.example.com/api/v2.1', '"https://canary.example.com/api/v2.1\\n"'],
      'tenants[0].import2.baseUrl',
      'must be a URL; it ends with a newline',
    ],
    [
      'a name in a block of text',
      ['name: north', 'name: |\n      canary\n   '],
      'tenants[0].name',
      /^must be 1 to 64 lowercase .*; it ends with a newline$/,
    ],
    [
      'a tenant with a space behind it',
      ['[north]', "['north ']"],
      'callers[0].tenants[0]',
      'must be the name of a tenant; it ends with white space',
    ],
    ['an empty value', ['{ file: token }', ''], 'tenants[0].import2.apiToken', /^is empty; must be \{ file/],
    [
      'a word in quotes',
      ['import2:', "allowPlainHttp: 'true'\n    import2:"],
      'tenants[0].allowPlainHttp',
      'must be true or false, without quotes',
    ],
    [
      'a setting of another mapping',
      ['keys:', 'signedAnswers: required\n    keys:'],
      'callers[0].signedAnswers',
      /it belongs in tenants\[\]\.spid: check the indentation$/,
    ],
    [
      'a setting of the top level',
      ['import2:', 'issuers: []\n    import2:'],
      'tenants[0].issuers',
      /it belongs in the top level/,
    ],
  ])('names %s, and what is meant', (_what, [from, to], path, reason) => {
    const text = GOOD.replace(from, to);
    const errors = errorsOf(text);
    expect(errors).toContainEqual({
      path,
      reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
    });
    expect(JSON.stringify(errors.map((error) => error.reason))).not.toContain('canary');
  });

  it('is one error where the lines of a mapping are not indented further than its name', () => {
    const text = GOOD.replace(/^ {6}/gm, '    ');
    expect(errorsOf(text)).toEqual([
      { path: 'tenants[0].import2', reason: 'is empty; indent the lines that belong to it further than it' },
    ]);
  });

  it('is one error where a required setting has a misspelt name, and two where it is there as well', () => {
    const misspelt = GOOD.replace('apiToken:', 'apitoken:');
    expect(errorsOf(misspelt).map(({ path }) => path)).toEqual(['tenants[0].import2.apitoken']);
    const both = GOOD.replace('apiToken:', 'apitoken: 1\n      apiToken: 1 #');
    expect(
      errorsOf(both)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(['tenants[0].import2.apiToken', 'tenants[0].import2.apitoken']);
  });

  it('is reported at each place', () => {
    const text = GOOD.replace('operations:read', 'operation:read, x, migrations:read, 7');
    expect(errorsOf(text).map(({ path }) => path)).toEqual(
      [1, 2, 3, 4].map((at) => `callers[0].scopes[${at}]`),
    );
  });

  it('is warned of where a secret is too short to be masked in responses, or can be read by all users', () => {
    const text = GOOD.replace('file: token', 'file: open');
    folder.replace('open', 'canary-of-15-ch');
    chmodSync(join(folder.file, '../open'), 0o604);
    expect(warningsOf(text)).toEqual([
      {
        path: 'tenants[0].import2.apiToken',
        reason:
          'refers to a file that every user of this machine can read; ' +
          'refers to a secret of less than 16 characters, which is masked in the log but not in responses',
      },
    ]);
    folder.replace('open', 'canary-of-16-cha');
    chmodSync(join(folder.file, '../open'), 0o640);
    expect(warningsOf(text)).toEqual([]);
  });
});
