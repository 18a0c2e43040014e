import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ensureFolder, reasonOfFileError } from '../../config/data.folder.js';
import { DataDirInUseError, DataDirUnusableError, type DataDirUse } from './data-dir.errors.js';

/** Stays empty and is never removed: the kernel keeps the lock, by the inode of this file. */
const LOCK_FILE = 'tollgate.lock';

/** The process that took the lock last; for people only, no decision depends on it. */
const HOLDER_FILE = 'tollgate.holder.json';

/** What SQLite opens at most on Unix: 512 bytes less the ending of a journal. */
const LOCK_PATH_BYTES_MAX = 504;

/** Primary result codes of SQLite. */
const SQLITE = { busy: 5, full: 13, notADatabase: 26 } as const;

/**
 * Keeps a second process away from what this one keeps in `DATA_DIR`. Node has no flock, but SQLite locks by fcntl: `BEGIN
 * IMMEDIATE` takes one byte of the file for writing, in one step, so that of many starters exactly one gets it. The
 * kernel knows the holder by its open file, so the lock holds across PID and network namespaces and containers, and
 * ends with the process, however it ends.
 *
 * Danger: keep a reference, for the lock ends with the garbage collection of this object; and do not open the lock file
 * in this process, for closing any descriptor of it ends the lock too.
 */
export class DataDirLock {
  readonly #connection: DatabaseSync;

  /**
   * Makes the folder if needed and takes the lock.
   * @throws DataDirInUseError when another process, or another lock of this process, holds it
   * @throws DataDirUnusableError when the folder cannot be written to or locked
   */
  constructor(
    private readonly dataDir: string,
    private readonly use: DataDirUse = 'database',
  ) {
    this.#connection = openLockFile(dataDir, use);
    try {
      this.#connection.exec('BEGIN IMMEDIATE');
    } catch (error) {
      this.#connection.close();
      throw this.#refusal(error);
    }
    this.#nameHolder();
  }

  /** Releases the folder; call it after the last write. */
  release(): void {
    if (!this.#connection.isOpen) return;
    rmSync(join(this.dataDir, HOLDER_FILE), { force: true });
    this.#connection.close();
  }

  #refusal(error: unknown): Error {
    const code = primaryCode(error);
    if (code === SQLITE.busy) return new DataDirInUseError(this.dataDir, holderOf(this.dataDir), this.use);
    return new DataDirUnusableError(this.dataDir, reasonOf(code, error), { use: this.use, cause: error });
  }

  #nameHolder(): void {
    const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    try {
      writeFileSync(join(this.dataDir, HOLDER_FILE), JSON.stringify(holder));
    } catch (error) {
      this.#connection.close();
      throw new DataDirUnusableError(this.dataDir, reasonOfFileError(error), {
        use: this.use,
        cause: error,
      });
    }
  }
}

function openLockFile(dataDir: string, use: DataDirUse): DatabaseSync {
  try {
    ensureFolder(dataDir);
    const lockFile = join(realpathSync(dataDir), LOCK_FILE);
    const excess = Buffer.byteLength(lockFile) - LOCK_PATH_BYTES_MAX;
    if (excess > 0) throw new Error(`its absolute path is ${excess} bytes too long`);
    refuseReadOnly(lockFile);
    return new DatabaseSync(lockFile, { timeout: 0 });
  } catch (error) {
    throw new DataDirUnusableError(dataDir, reasonOfFileError(error), { use, cause: error });
  }
}

/** Of a file that it can only read, SQLite takes `BEGIN IMMEDIATE` for `BEGIN`: no lock, and no error. */
function refuseReadOnly(lockFile: string): void {
  if (!existsSync(lockFile)) return;
  try {
    accessSync(lockFile, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw new Error(`this user has no right to read and write ${LOCK_FILE} in it`, { cause });
  }
}

function reasonOf(code: number | undefined, error: unknown): string {
  switch (code) {
    case SQLITE.notADatabase:
      return `${LOCK_FILE} in it is not a lock file: remove that file while no gateway runs on the folder`;
    case SQLITE.full:
      return 'no space is left (ENOSPC)';
    default:
      return `its file system does not lock files (${reasonOfFileError(error)})`;
  }
}

function primaryCode(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}

/** A pid is unique in its container only, so the host is stored beside it. */
function holderOf(dataDir: string): string {
  try {
    const holder: unknown = JSON.parse(readFileSync(join(dataDir, HOLDER_FILE), 'utf8'));
    const { pid, host, since } = holder as Record<string, unknown>;
    if (Number.isInteger(pid) && isWord(host) && isWord(since)) {
      return `process ${String(pid)} on host ${host}, since ${since}`;
    }
  } catch {
    // Not written yet, or cut short by a crash.
  }
  return 'another process';
}

/** The text goes into a log line of one line. */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.:-]{1,255}$/.test(value);
}
