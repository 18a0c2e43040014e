import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { reasonOfFileError } from '../data.folder.js';

/** The bundle of all public authorities has 200 kB. */
const FILE_BYTES_MAX = 1024 * 1024;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/;

/** Undefined, or what is wrong with the files that the parameters `sslrootcert`, `sslcert` and `sslkey` name. */
export function reasonOfTlsFiles(parameters: URLSearchParams): string | undefined {
  const files = new Map<string, string>();
  for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
    const path = parameters.get(name);
    if (path === null) continue;
    const { text, reason } = readTextOf(path);
    if (text === undefined) return `refers in ${name} to a file that cannot be read: ${reason}`;
    files.set(name, text);
  }
  return reasonOfContents(files);
}

function reasonOfContents(files: ReadonlyMap<string, string>): string | undefined {
  for (const name of ['sslrootcert', 'sslcert']) {
    const text = files.get(name);
    if (text !== undefined && !certificateOf(text))
      return `refers in ${name} to a file without a certificate in PEM`;
  }
  const [certificate, key] = [files.get('sslcert'), files.get('sslkey')];
  if ((certificate === undefined) !== (key === undefined)) return 'must have sslcert and sslkey together';
  if (certificate === undefined || key === undefined) return undefined;
  return reasonOfKey(key, certificateOf(certificate));
}

function reasonOfKey(text: string, certificate: X509Certificate | undefined): string | undefined {
  try {
    if (certificate?.checkPrivateKey(createPrivateKey(text))) return undefined;
    return 'refers in sslkey to the key of another certificate than in sslcert';
  } catch {
    return 'refers in sslkey to a file without a private key in PEM that needs no passphrase';
  }
}

function certificateOf(text: string): X509Certificate | undefined {
  try {
    const [certificate] = CERTIFICATE.exec(text) ?? [];
    return certificate === undefined ? undefined : new X509Certificate(certificate);
  } catch {
    return undefined;
  }
}

function readTextOf(path: string): { text?: string; reason?: string } {
  try {
    const stats = statSync(path);
    // Checked before the file is opened: opening a pipe would block.
    if (!stats.isFile()) return { reason: 'it is not a file' };
    if (stats.size > FILE_BYTES_MAX) return { reason: `it has more than ${FILE_BYTES_MAX} bytes` };
    return { text: readFileSync(path, 'latin1') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { reason: code === 'ENOENT' ? 'there is none (ENOENT)' : reasonOfFileError(error) };
  }
}
