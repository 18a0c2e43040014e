import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Parsed } from '../parsed.js';
import type { ReferenceSources } from '../secrets/secret.reference.js';

/** The bundle of all public authorities has 200 kB; a private one has a few certificates of 2 kB. */
const BUNDLE_BYTES_MAX = 1024 * 1024;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a private authority, as PEM. */
export function readCertificates(file: string, { folder, files }: ReferenceSources): Parsed<string> {
  const path = resolve(folder, file);
  files?.add(path);
  try {
    const stats = statSync(path);
    if (stats.isFile() && stats.size <= BUNDLE_BYTES_MAX)
      return { value: certificatesOf(readFileSync(path, 'latin1')) };
    return { reason: `must refer to a file of at most ${BUNDLE_BYTES_MAX} bytes` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // OpenSSL's codes do not help an operator who named the wrong file.
    const isMissing = code !== undefined && !code.startsWith('ERR_');
    return {
      reason: isMissing
        ? `refers to a file that cannot be read (${code})`
        : 'must refer to one or more certificates in PEM',
    };
  }
}

/** Drops all else, so that no private key of the same file is kept in memory. Throws unless all certificates are valid. */
function certificatesOf(text: string): string {
  const certificates = text.match(CERTIFICATE);
  if (!certificates) throw new Error('no certificate');
  return certificates.map((certificate) => new X509Certificate(certificate).toString().trim()).join('\n');
}
