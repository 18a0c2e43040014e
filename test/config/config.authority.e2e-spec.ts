import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../src/config/errors/configuration.error.js';
import { readSettingsFile } from '../../src/config/settings/file/settings.file.js';
import { TestAuthority } from '../support/network/certificates.js';

const CERTIFICATE = new TestAuthority().certificate;
const OTHER = new TestAuthority().certificate;
const KEY = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('the certificates of a private authority in the settings', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-authority-'));
    writeFileSync(join(folder, 'secret'), 'client-secret-of-a-test', { mode: 0o600 });
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  function read(ca: string, files?: Set<string>) {
    const path = join(folder, 'tollgate.yaml');
    const spid = `baseUrl: https://a.example, clientId: c, clientSecret: { file: secret }, timeZone: UTC, ca: ${ca}`;
    const import2 = `baseUrl: https://a.example/api, apiToken: { file: secret }, ca: ${ca}`;
    const keys = `[{ sha256: ${'a1'.repeat(32)} }]`;
    writeFileSync(
      path,
      `tenants: [{ name: t, spid: { ${spid} }, import2: { ${import2} } }]\n` +
        `callers: [{ name: c, tenants: [t], scopes: [entitlements:read], keys: ${keys} }]\n`,
    );
    return readSettingsFile(path, { env: {}, ...(files ? { files } : {}) }).settings.tenants.get('t');
  }

  function reasonFor(ca: string): string | undefined {
    try {
      read(ca);
    } catch (error) {
      if (error instanceof ConfigurationError)
        return error.issues.find(({ path }) => path.includes('spid.ca'))?.reason;
      throw error;
    }
    return undefined;
  }

  it('are taken from the file, all of them and nothing else in it', () => {
    writeFileSync(join(folder, 'bundle.pem'), `# ours\n${CERTIFICATE}${KEY}\n${OTHER}`);
    const files = new Set<string>();
    const tenant = read('{ file: bundle.pem }', files);
    const expected = [CERTIFICATE, OTHER].map((each) => each.trim()).join('\n');
    expect(tenant?.spid?.ca).toBe(expected);
    expect(tenant?.import2?.ca).toBe(expected);
    expect([...files]).toContain(join(folder, 'bundle.pem'));
  });

  it.each([
    ['nothing', '', 'one or more certificates'],
    ['a private key', KEY, 'one or more certificates'],
    ['a broken certificate', CERTIFICATE.replace(/\n.{8}/, '\nAAAAAAAA'), 'one or more certificates'],
    [
      'one broken among sound ones',
      CERTIFICATE + OTHER.replace(/\n.{8}/, '\nAAAAAAAA'),
      'one or more certificates',
    ],
    ['more than a bundle', CERTIFICATE.repeat(4_000), 'at most 1048576 bytes'],
  ])('are refused when the file holds %s', (_what, text, reason) => {
    writeFileSync(join(folder, 'invalid.pem'), text);
    expect(reasonFor('{ file: invalid.pem }')).toContain(reason);
  });

  it.each([
    ['{ file: missing.pem }', 'cannot be read (ENOENT)'],
    ['{ file: . }', 'at most 1048576 bytes'],
  ])('are refused when there is no file: %s', (ca, reason) => {
    expect(reasonFor(ca)).toContain(reason);
  });

  it.each(['here.pem', '{ env: CA }', '{}', '{ file: "" }', '{ file: 5 }'])('cannot be given as %s', (ca) => {
    expect(() => read(ca)).toThrow(ConfigurationError);
  });
});
