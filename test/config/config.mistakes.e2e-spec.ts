import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigurationIssue } from '../../src/config/configuration.error.js';
import { readSettingsFile } from '../../src/config/settings/settings.file.js';
import { SettingsFolder } from '../support/settings.folder.js';

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
    keys: [{ sha256: ${'c3'.repeat(32)} }]
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
