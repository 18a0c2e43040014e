import { statfsSync } from 'node:fs';
import { reasonOfFileError } from '../../config/data.folder.js';

/** Why the embedded database cannot be opened or made, and what to do. Both for the operator, in one line. */
export interface EmbeddedFailure {
  readonly reason: string;
  readonly remedy: string;
}

/** What PGlite throws of its file system has the number of WASI, and no message. */
const WASI_CODES: Readonly<Record<number, string>> = {
  2: 'EACCES',
  19: 'EDQUOT',
  51: 'ENOSPC',
  63: 'EPERM',
  69: 'EROFS',
};

/** One segment of PostgreSQL's log, which a start may have to make. */
const FREE_MB_MIN = 16;

const ROOM =
  'Make room there (a new database takes 40 MB), or set DATA_DIR to a folder on a file system with more';
const RIGHTS = 'Let this user write there, or set DATA_DIR to a folder that this process can write to';
const DAMAGED =
  'It is damaged, of another version, or not a database: restore a backup of DATA_DIR, or set DATA_DIR to a new folder';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: ROOM,
  EDQUOT: ROOM,
  EACCES: RIGHTS,
  EPERM: RIGHTS,
  EROFS: RIGHTS,
};

/** @param cause what PGlite has thrown, or a file operation before it */
export function embeddedFailureOf(folder: string, cause: unknown): EmbeddedFailure {
  const error = fileErrorOf(cause);
  const reason = reasonOfFileError(error);
  const remedy = REMEDIES[(error as NodeJS.ErrnoException).code ?? ''];
  if (remedy !== undefined) return { reason, remedy };
  const freeMb = freeMbOf(folder);
  if (freeMb === undefined || freeMb >= FREE_MB_MIN) return { reason, remedy: DAMAGED };
  // PostgreSQL's own words for a full disk do not get out of PGlite.
  return {
    reason: `${reason}, and ${freeMb} MB are left there`,
    remedy: `${ROOM}. If it has room: ${DAMAGED}`,
  };
}

function fileErrorOf(cause: unknown): unknown {
  const { errno } = (cause ?? {}) as { readonly errno?: number };
  const code = WASI_CODES[errno ?? 0];
  return code === undefined ? (cause ?? {}) : Object.assign(new Error(code, { cause }), { code });
}

/** What the file system has left for this user; undefined where it does not report it. */
function freeMbOf(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return Math.floor((bavail * bsize) / 1_000_000);
  } catch {
    return undefined;
  }
}
