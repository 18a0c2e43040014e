import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ConfigurationError } from '../src/config/configuration.error.js';
import { readSettingsFile } from '../src/config/settings.file.js';
import type { WebhookSettings } from '../src/config/settings.js';

const ENV = {
  IMPORT2_TOKEN: 'canary-token',
  WEBHOOK_SECRET: 'canary-webhook',
  WEBHOOK_BEFORE: 'canary-webhook-before',
  ANSWER_KEY: Buffer.alloc(32, 'k').toString('base64'),
};

const LEDGER = 'ledger: { answerKeys: [{ id: one, key: { env: ANSWER_KEY } }] }';

const PLACE = 'tenants[0].import2.webhook';

describe('the webhook of a tenant in the settings file', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-settings-'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  function read(webhook: string, ledger = LEDGER): WebhookSettings | undefined {
    const path = join(folder, 'tollgate.yaml');
    writeFileSync(
      path,
      `
tenants:
  - name: north
    import2:
      baseUrl: https://import.example.com/api/v2.1
      apiToken: { env: IMPORT2_TOKEN }
      ${webhook === '' ? '' : `webhook: ${webhook}`}
callers:
  - name: reader
    tenants: [north]
    scopes: [migrations:read]
    keys: [{ sha256: ${'a1'.repeat(32)} }]
${ledger}
`,
    );
    return readSettingsFile(path, { env: ENV }).settings.tenants.get('north')?.import2?.webhook;
  }

  function faultsOf(webhook: string, ledger?: string): unknown {
    try {
      read(webhook, ledger);
    } catch (error) {
      if (error instanceof ConfigurationError) return error.faults;
      throw error;
    }
    return [];
  }

  it('is none where the file says nothing', () => {
    expect(read('', '')).toBeUndefined();
  });

  it('has a secret by reference and the published window', () => {
    const webhook = read('{ secret: { env: WEBHOOK_SECRET } }');
    expect(webhook).toMatchObject({ acceptUnsigned: false, maxAgeSeconds: 10, clockSkewSeconds: 5 });
    expect(webhook?.secret?.reveal()).toBe('canary-webhook');
    expect(inspect(webhook)).not.toContain('canary');
  });

  it('may have a secret of before, and a window of its own', () => {
    const webhook = read(
      '{ secret: { env: WEBHOOK_SECRET }, previousSecret: { env: WEBHOOK_BEFORE }, maxAgeSeconds: 60, clockSkewSeconds: 0 }',
    );
    expect(webhook).toMatchObject({ maxAgeSeconds: 60, clockSkewSeconds: 0 });
    expect(webhook?.previousSecret?.reveal()).toBe('canary-webhook-before');
  });

  it('takes unsigned ones only where the file says so and names no secret', () => {
    expect(read('{ acceptUnsigned: true }')).toMatchObject({ acceptUnsigned: true });
    expect(read('{ acceptUnsigned: true }')).not.toHaveProperty('secret');
  });

  it.each([
    ['{}', 'secret', /acceptUnsigned: true must say/],
    ['{ acceptUnsigned: false }', 'secret', /is missing/],
    ['{ secret: { env: WEBHOOK_SECRET }, acceptUnsigned: true }', 'acceptUnsigned', /beside a secret/],
    [
      '{ previousSecret: { env: WEBHOOK_BEFORE }, acceptUnsigned: true }',
      'previousSecret',
      /beside a secret/,
    ],
    ['{ secret: canary-literal }', 'secret', /never stands in the settings file/],
    ['{ secret: { env: NOT_SET } }', 'secret', /not set/],
    ['{ acceptUnsigned: "true" }', 'acceptUnsigned', /true or false/],
    ['{ secret: { env: WEBHOOK_SECRET }, maxAgeSeconds: 0 }', 'maxAgeSeconds', /1 to 300/],
    ['{ secret: { env: WEBHOOK_SECRET }, clockSkewSeconds: 61 }', 'clockSkewSeconds', /0 to 60/],
    ['{ secret: { env: WEBHOOK_SECRET }, window: 5 }', 'window', /not (a )?known/],
  ])('refuses %s by its path', (webhook, field, reason) => {
    expect(faultsOf(webhook)).toEqual([{ path: `${PLACE}.${field}`, reason: expect.stringMatching(reason) }]);
    expect(JSON.stringify(faultsOf(webhook))).not.toContain('canary');
  });

  it('needs a key to encrypt what arrives with', () => {
    expect(faultsOf('{ secret: { env: WEBHOOK_SECRET } }', '')).toEqual([
      { path: PLACE, reason: expect.stringContaining('needs ledger.answerKeys') },
    ]);
  });
});
