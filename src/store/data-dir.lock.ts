import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirInUseError } from './database.errors.js';

const LOCK_FILE = 'tollgate.pid';

interface Holder {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, where the system tells; tells a reused pid apart. */
  readonly startedAt: string | null;
  readonly token: string;
}

/**
 * Keeps a second process away from an embedded database. The file names its holder; a holder that lives no more
 * (kill -9, power cut, a container that got the same pid again) is replaced.
 */
export class DataDirLock {
  readonly #file: string;
  readonly #content: string;

  /** Takes the lock or throws DataDirInUseError. */
  constructor(private readonly dataDir: string) {
    mkdirSync(dataDir, { recursive: true });
    this.#file = join(dataDir, LOCK_FILE);
    const holder: Holder = { pid: process.pid, startedAt: startOf(process.pid), token: randomUUID() };
    this.#content = JSON.stringify(holder);
    this.#take();
  }

  release(): void {
    if (readHolder(this.#file) === this.#content) unlinkSync(this.#file);
  }

  #take(): void {
    if (this.#create()) return;
    const found = readHolder(this.#file);
    if (found !== undefined && isAlive(found)) throw this.#inUse(found);
    this.#removeStale(found);
    if (!this.#create()) throw this.#inUse(readHolder(this.#file) ?? '');
  }

  #create(): boolean {
    try {
      writeFileSync(this.#file, this.#content, { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Two processes may both have seen the stale file: whoever moves the other's new one puts it back and gives up. */
  #removeStale(stale: string | undefined): void {
    const aside = `${this.#file}.${randomUUID()}`;
    try {
      renameSync(this.#file, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    const moved = readHolder(aside);
    if (moved !== stale) linkSync(aside, this.#file);
    unlinkSync(aside);
    if (moved !== stale) throw this.#inUse(moved ?? '');
  }

  #inUse(content: string): DataDirInUseError {
    return new DataDirInUseError(this.dataDir, `process ${parse(content)?.pid ?? 'unknown'}`);
  }
}

function readHolder(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(content: string): Holder | undefined {
  try {
    const holder = JSON.parse(content) as Partial<Holder> | null;
    return Number.isInteger(holder?.pid) ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

/** A file cut short by a crash has no living holder. */
function isAlive(content: string): boolean {
  const holder = parse(content);
  if (!holder) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return holder.startedAt === null || holder.startedAt === startOf(holder.pid);
}

/** Field 22 of /proc/<pid>/stat, with the boot it counts from; null where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${ticks}`;
  } catch {
    return null;
  }
}
