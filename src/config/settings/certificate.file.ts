import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AuthorityDocument } from './settings.document.js';
import type { SettingsReading } from './settings.reading.js';

/** The bundle of all public authorities has 200 kB; a private one has a few certificates of 2 kB. */
const BUNDLE_BYTES_MAX = 1024 * 1024;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The certificates of a private authority, as PEM. For the upstream that names them they stand in place of the public
 * authorities: who runs an upstream behind a private one does not want a public one to vouch for it as well.
 */
export function readAuthority(
  document: AuthorityDocument | undefined,
  path: string,
  { faults, places }: SettingsReading,
): string | undefined {
  if (document === undefined || !faults.isSound(`${path}.file`)) return undefined;
  const file = resolve(places.folder, document.file);
  places.files?.add(file);
  try {
    const stats = statSync(file);
    if (stats.isFile() && stats.size <= BUNDLE_BYTES_MAX) return certificatesOf(readFileSync(file, 'latin1'));
    faults.add(path, `must refer to a file of at most ${BUNDLE_BYTES_MAX} bytes`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // OpenSSL's codes say nothing to whoever has named the wrong file.
    const isMissing = code !== undefined && !code.startsWith('ERR_');
    faults.add(
      path,
      isMissing
        ? `refers to a file that cannot be read (${code})`
        : 'must refer to one or more certificates in PEM',
    );
  }
  return undefined;
}

/** Only the certificates: a private key in the same file has no business in memory. Throws unless all are sound. */
function certificatesOf(text: string): string {
  const certificates = text.match(CERTIFICATE);
  if (!certificates) throw new Error('no certificate');
  return certificates.map((certificate) => new X509Certificate(certificate).toString().trim()).join('\n');
}
