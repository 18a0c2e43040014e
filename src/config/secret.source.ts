import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Secret } from './secret.js';
import type { SecretReference } from './settings/settings.fields.js';

/** Credentials are short; a longer file is not one, and would be held in memory for nothing. */
const SECRET_BYTES_MAX = 16 * 1024;

export interface SecretPlaces {
  /** Relative file references start here: the folder of the settings file. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Every file that a reference leads to is added, readable or not, so that it can be watched. */
  readonly files?: Set<string>;
}

/** Either the secret, perhaps with something to warn of, or the reason why there is none. Never its text. */
export type SecretReading =
  | { readonly secret: Secret; readonly warning?: string; readonly reason?: undefined }
  | { readonly secret?: undefined; readonly reason: string };

/** Follows a reference. */
export function readSecret(reference: SecretReference, places: SecretPlaces): SecretReading {
  if (reference.file !== undefined) {
    const path = resolve(places.folder, reference.file);
    places.files?.add(path);
    return readSecretFile(path);
  }
  const text = places.env[reference.env ?? ''];
  if (text === undefined) return { reason: 'refers to an environment variable that is not set' };
  return secretOf(text);
}

function readSecretFile(path: string): SecretReading {
  try {
    const stats = statSync(path);
    // Asked before the file is opened: opening a pipe would wait for ever.
    if (!stats.isFile()) return { reason: 'refers to something that is not a file' };
    if (stats.size > SECRET_BYTES_MAX)
      return { reason: `refers to a file of more than ${SECRET_BYTES_MAX} bytes` };
    const reading = secretOf(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path)),
    );
    if (reading.secret === undefined || (stats.mode & 0o004) === 0) return reading;
    return { ...reading, warning: 'refers to a file that every user of this machine can read' };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return { reason: 'refers to a file that is not UTF-8 text' };
    return { reason: `refers to a file that cannot be read (${code})` };
  }
}

/** Editors and `echo` end a file with one newline; anything else at the ends is a mistake of copying. */
function secretOf(raw: string): SecretReading {
  const text = raw.replace(/\r?\n$/, '');
  if (text === '') return { reason: 'refers to an empty value' };
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text))
    return { reason: 'refers to a value with a control character in it' };
  if (text.trim() !== text) return { reason: 'refers to a value with white space at an end' };
  return { secret: new Secret(text) };
}
