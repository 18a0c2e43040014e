import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Parsed } from '../parsed.js';
import { Secret } from './secret.js';

/** Credentials are short; a longer file is not one, and would only use memory. */
const SECRET_BYTES_MAX = 16 * 1024;

/** Where the text of a secret is: exactly one of the two. */
export interface SecretReference {
  readonly file?: string;
  readonly env?: string;
}

/** What references are resolved against. */
export interface ReferenceSources {
  /** Relative file references start here: the folder of the settings file. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Every file that a reference leads to is added before it is read, readable or not, so that it can be watched. */
  readonly files?: FileList;
}

/** Receives the paths of files. */
export interface FileList {
  add(path: string): unknown;
}

export function readSecret(reference: SecretReference, sources: ReferenceSources): Parsed<Secret> {
  if (reference.file !== undefined) {
    const path = resolve(sources.folder, reference.file);
    sources.files?.add(path);
    return readSecretFile(path);
  }
  const text = sources.env[reference.env ?? ''];
  if (text === undefined) return { reason: 'refers to an environment variable that is not set' };
  return secretOf(text);
}

function readSecretFile(path: string): Parsed<Secret> {
  try {
    const stats = statSync(path);
    // Checked before the file is opened: opening a pipe would block.
    if (!stats.isFile()) return { reason: 'refers to something that is not a file' };
    if (stats.size > SECRET_BYTES_MAX)
      return { reason: `refers to a file of more than ${SECRET_BYTES_MAX} bytes` };
    const parsed = secretOf(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path)),
    );
    if (parsed.value === undefined || (stats.mode & 0o004) === 0) return parsed;
    return { ...parsed, warning: 'refers to a file that every user of this machine can read' };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return { reason: 'refers to a file that is not UTF-8 text' };
    return { reason: `refers to a file that cannot be read (${code})` };
  }
}

/** Editors and `echo` end a file with one newline; other white space at the ends is a copying error. */
function secretOf(raw: string): Parsed<Secret> {
  const text = raw.replace(/\r?\n$/, '');
  if (text === '') return { reason: 'refers to an empty value' };
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text))
    return { reason: 'refers to a value with a control character in it' };
  if (text.trim() !== text) return { reason: 'refers to a value with white space at an end' };
  return { value: new Secret(text) };
}
