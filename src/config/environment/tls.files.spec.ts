import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestAuthority } from '../../../test/support/network/certificates.js';
import { reasonOfTlsFiles } from './tls.files.js';

describe('the files of a TLS connection to PostgreSQL', () => {
  let folder: string;
  const authority = new TestAuthority();
  const [ours, other] = [authority.issue('127.0.0.1'), authority.issue('127.0.0.1')];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-tls-'));
    const files = {
      ca: authority.certificate,
      cert: ours.cert,
      key: ours.key,
      otherkey: other.key,
      text: 'x',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const reasonOf = (files: Readonly<Record<string, string>>) =>
    reasonOfTlsFiles(
      new URLSearchParams(
        Object.entries(files).map(([name, file]) => [name, join(folder, file)] as [string, string]),
      ),
    );

  it('are accepted when they belong together', () => {
    expect(reasonOf({})).toBeUndefined();
    expect(reasonOf({ sslrootcert: 'ca' })).toBeUndefined();
    expect(reasonOf({ sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' })).toBeUndefined();
  });

  it.each([
    [{ sslrootcert: 'none' }, 'refers in sslrootcert to a file that cannot be read: there is none (ENOENT)'],
    [{ sslrootcert: '.' }, 'refers in sslrootcert to a file that cannot be read: it is not a file'],
    [{ sslrootcert: 'text' }, 'refers in sslrootcert to a file without a certificate in PEM'],
    [{ sslcert: 'key', sslkey: 'key' }, 'refers in sslcert to a file without a certificate in PEM'],
    [
      { sslcert: 'cert', sslkey: 'cert' },
      'refers in sslkey to a file without a private key in PEM that needs no passphrase',
    ],
    [
      { sslcert: 'cert', sslkey: 'otherkey' },
      'refers in sslkey to the key of another certificate than in sslcert',
    ],
    [{ sslcert: 'cert' }, 'must have sslcert and sslkey together'],
    [{ sslkey: 'key' }, 'must have sslcert and sslkey together'],
  ])('are refused before a connection is tried: %j', (files, reason) => {
    expect(reasonOf(files)).toBe(reason);
  });
});
