import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { types } from 'node:util';

/** Makes a folder that this process can read and write. @throws the system's error when there is none and none can be made */
export function ensureFolder(path: string): void {
  makeFolder(path);
  // With the dot: a file in place of the folder is an error too.
  accessSync(`${path}/.`, constants.R_OK | constants.W_OK | constants.X_OK);
}

/**
 * Makes a folder and those above it; one that is there already is left as it is. Node's own `recursive` never ends
 * where a file system refuses every new entry with ENOENT, as /proc does.
 */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    makeOne(path);
  }
}

/** Another process may have made it in between. */
function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOTDIR: 'a file is where a folder has to be',
  EEXIST: 'a file is where a folder has to be',
  EISDIR: 'a folder is where a file has to be',
  EACCES: 'this user has no right to read and write there',
  EPERM: 'this user has no right to read and write there',
  EROFS: 'the file system is read-only',
  ENOENT: 'the file system allows no new folder there',
  ENOSPC: 'no space is left',
  EDQUOT: 'no space is left to this user',
  ENAMETOOLONG: 'a name in it is too long',
  ELOOP: 'its symbolic links lead in a circle',
};

/** Why a file or folder cannot be used, in words and with the code of the system; otherwise the message of the error. */
export function reasonOfFileError(error: unknown): string {
  if (!types.isNativeError(error)) return 'unknown error';
  const { code = '' } = error as NodeJS.ErrnoException;
  const words = FILE_ERRORS[code];
  return words === undefined ? error.message : `${words} (${code})`;
}

/** Undefined, or why the content of a file cannot be read. */
export function reasonOfUnreadableFile(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return stats.isDirectory() ? 'it is a folder, not a file' : 'it is not a file';
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'there is no such file (ENOENT)';
    return reasonOfFileError(error);
  }
}
