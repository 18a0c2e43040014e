import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';

/** A hard kill loses at most this much of the state, and no id. */
const SAVE_MS = 1_000;

/** Of a large state, so that saving it takes at most a twentieth of the time. */
const SAVE_SHARE = 20;

/** More than any simulator issues between two saves: skipped after an end without a last save. */
const IDS_SKIPPED = 10_000_000;

const VERSION = 1;

/** The file cannot be read or written, or does not hold the state of a simulator. */
export class KeptStateError extends Error {
  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    const reason = isOfSystem(cause)
      ? `cannot be used (${cause.message})`
      : 'does not hold the state of a simulator';
    super(`${path} ${reason}`, { cause });
    this.name = 'KeptStateError';
  }

  /** Whether the file could be read. */
  get isDamaged(): boolean {
    return !isOfSystem(this.cause);
  }
}

function isOfSystem(cause: unknown): cause is Error {
  return cause instanceof Error && 'syscall' in cause;
}

export interface Keepable {
  /** Of the last id issued. */
  readonly lastId: number;
}

interface Kept {
  readonly version: typeof VERSION;
  /** Whether it is the last save of an orderly end. */
  readonly ended: boolean;
  readonly state: Keepable;
}

/**
 * The state that an earlier process kept in a file, undefined without one. After a kill its ids go on far behind the last known
 * one, so that no id is issued twice.
 * @throws KeptStateError
 */
export function readKeptState(path: string): Keepable | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new KeptStateError(path, error);
  }
  const { version, ended, state } = parse(path, text);
  if (version !== VERSION || typeof state.lastId !== 'number') throw new KeptStateError(path, 'version');
  return ended ? state : { ...state, lastId: state.lastId + IDS_SKIPPED };
}

function parse(path: string, text: string): Kept {
  try {
    const { version, ended, state } = JSON.parse(text, dates) as Kept;
    return { version, ended, state: { ...state } };
  } catch (error) {
    throw new KeptStateError(path, error);
  }
}

/** Members whose names end in `At` are times. */
function dates(name: string, value: unknown): unknown {
  return name.endsWith('At') && typeof value === 'string' ? new Date(value) : value;
}

/** Saves a state to a file soon after each change. Whole or not at all: the file is replaced. */
export class StateKeeper {
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #pauseMs = SAVE_MS;

  /**
   * Saves at once, so that a kill before the first change is noticed as well.
   * @throws KeptStateError when it cannot
   */
  constructor(
    private readonly path: string,
    private readonly read: () => Keepable,
  ) {
    this.#saveNow(false);
  }

  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#saving = this.#save();
    }, this.#pauseMs).unref();
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#saving;
    try {
      this.#saveNow(true);
    } catch (error) {
      reportUnsaved(error);
    }
  }

  async #save(): Promise<void> {
    const startedMs = performance.now();
    const text = this.#text(false);
    this.#pauseMs = Math.max(SAVE_MS, SAVE_SHARE * (performance.now() - startedMs));
    try {
      await writeFile(this.#aside, text, { mode: 0o600 });
      await rename(this.#aside, this.path);
    } catch (error) {
      // A full disk: the simulator goes on, and the next change tries again.
      reportUnsaved(error);
    }
  }

  #saveNow(ended: boolean): void {
    try {
      writeFileSync(this.#aside, this.#text(ended), { mode: 0o600 });
      renameSync(this.#aside, this.path);
    } catch (error) {
      throw new KeptStateError(this.path, error);
    }
  }

  #text(ended: boolean): string {
    return JSON.stringify({ version: VERSION, ended, state: this.read() } satisfies Kept);
  }

  get #aside(): string {
    return `${this.path}.new`;
  }
}

function reportUnsaved(error: unknown): void {
  process.stderr.write(`The simulator cannot save its state: ${(error as Error).message}\n`);
}
