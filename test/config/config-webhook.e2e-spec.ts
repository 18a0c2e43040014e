import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ConfigurationError } from '../../src/config/errors/configuration.error.js';
import { readSettingsFile } from '../../src/config/settings/file/settings.file.js';
import type { WebhookSettings } from '../../src/config/settings/webhook.settings.js';
import { SettingsFolder } from '../support/settings.folder.js';

const ENV = {
  IMPORT2_TOKEN: 'canary-token-of-20-chars',
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

  function errorsOf(webhook: string, ledger?: string): unknown {
    try {
      read(webhook, ledger);
    } catch (error) {
      if (error instanceof ConfigurationError) return error.issues;
      throw error;
    }
    return [];
  }

  it('is none where the file has none', () => {
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

  it('takes unsigned ones only where the file allows it and names no secret', () => {
    expect(read('{ acceptUnsigned: true }')).toMatchObject({ acceptUnsigned: true });
    expect(read('{ acceptUnsigned: true }')).not.toHaveProperty('secret');
  });

  it.each([
    ['{}', 'secret', /acceptUnsigned: true must state/],
    ['{ acceptUnsigned: false }', 'secret', /is missing/],
    ['{ secret: { env: WEBHOOK_SECRET }, acceptUnsigned: true }', 'acceptUnsigned', /beside a secret/],
    [
      '{ previousSecret: { env: WEBHOOK_BEFORE }, acceptUnsigned: true }',
      'previousSecret',
      /beside a secret/,
    ],
    ['{ secret: canary-literal }', 'secret', /is never written in the settings file/],
    ['{ secret: { env: NOT_SET } }', 'secret', /not set/],
    ['{ acceptUnsigned: "true" }', 'acceptUnsigned', /true or false/],
    ['{ secret: { env: WEBHOOK_SECRET }, maxAgeSeconds: 0 }', 'maxAgeSeconds', /1 to 300/],
    ['{ secret: { env: WEBHOOK_SECRET }, clockSkewSeconds: 61 }', 'clockSkewSeconds', /0 to 60/],
    ['{ secret: { env: WEBHOOK_SECRET }, window: 5 }', 'window', /not (a )?known/],
  ])('refuses %s by its path', (webhook, field, reason) => {
    expect(errorsOf(webhook)).toEqual([{ path: `${PLACE}.${field}`, reason: expect.stringMatching(reason) }]);
    expect(JSON.stringify(errorsOf(webhook))).not.toContain('canary');
  });

  it('needs a key to encrypt what arrives with', () => {
    expect(errorsOf('{ secret: { env: WEBHOOK_SECRET } }', '')).toEqual([
      { path: PLACE, reason: expect.stringContaining('needs ledger.answerKeys') },
    ]);
  });
});

describe('settings about where a request is from', () => {
  let folder: SettingsFolder;

  beforeEach(() => {
    folder = new SettingsFolder();
    folder.replace('one', 'canary-one');
    folder.replace('two', 'canary-two');
    folder.replace('one-again', 'canary-one\n');
    folder.replace('key', Buffer.alloc(32, 'k').toString('base64'));
  });

  afterEach(() => folder.remove());

  function errorsOf(webhooks: readonly object[], others: object = {}): unknown {
    folder.settings({
      tenants: webhooks.map((webhook, index) => ({
        name: `tenant-${index}`,
        import2: {
          baseUrl: `https://import${index}.example.com/api/v2.1`,
          apiToken: { file: 'two' },
          webhook,
        },
      })),
      callers: [
        {
          name: 'a',
          tenants: ['tenant-0'],
          scopes: ['migrations:read'],
          keys: [{ sha256: 'a1'.repeat(32) }],
        },
      ],
      ledger: { answerKeys: [{ id: 'one', key: { file: 'key' } }] },
      ...others,
    });
    try {
      return readSettingsFile(folder.file, { env: {} }).settings.trustedProxies;
    } catch (error) {
      if (error instanceof ConfigurationError) return error.issues;
      throw error;
    }
  }

  it.each([
    ['secret', { secret: { file: 'one-again' } }],
    ['secret', { secret: { file: 'one' }, previousSecret: { file: 'two' } }],
    ['previousSecret', { secret: { file: 'two' }, previousSecret: { file: 'one' } }],
  ])('refuse a webhook %s that another tenant has as well', (member, webhook) => {
    const errors = errorsOf([{ secret: { file: 'one' } }, webhook]);
    expect(errors).toEqual([
      {
        path: `tenants[1].import2.webhook.${member}`,
        reason: expect.stringMatching(/same as a webhook secret of tenant 'tenant-0'/),
      },
    ]);
    expect(JSON.stringify(errors)).not.toContain('canary');
  });

  it('take one secret for both places of one tenant, and one for each tenant', () => {
    const webhook = { secret: { file: 'one' }, previousSecret: { file: 'one' } };
    expect(errorsOf([webhook, { secret: { file: 'two' } }])).toEqual([]);
  });

  it.each([
    ['10.0.0.0/33', /at most 32 bits/],
    ['fd00::/129', /at most 128 bits/],
    ['0.0.0.0/0', /must not be so many/],
    ['128.0.0.0/1', /must not be so many/],
    ['::/0', /must not be so many/],
    ['::ffff:0:0/96', /must not be so many/],
    ['::ffff:0.0.0.0/97', /must not be so many/],
    ['10.0.0/8', /IP address or a range/],
    ['999.0.0.1', /IP address or a range/],
  ])('refuse the proxy %s', (entry, reason) => {
    expect(errorsOf([{ secret: { file: 'one' } }], { trustedProxies: ['192.0.2.1', entry] })).toEqual([
      { path: 'trustedProxies[1]', reason: expect.stringMatching(reason) },
    ]);
  });

  it.each([['proxy.example.com'], ['10.0.0.0/8/8'], ['']])('refuse %j as a proxy', (entry) => {
    expect(errorsOf([{ secret: { file: 'one' } }], { trustedProxies: [entry] })).toEqual([
      { path: 'trustedProxies[0]', reason: expect.stringMatching(/IP address or a range/) },
    ]);
  });

  it('take addresses and ranges of proxies', () => {
    const trustedProxies = ['192.0.2.1', '10.0.0.0/8', 'fd00::/8'];
    expect(errorsOf([{ secret: { file: 'one' } }], { trustedProxies })).toEqual(trustedProxies);
  });
});
