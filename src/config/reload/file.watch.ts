import { type FSWatcher, realpathSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { FileStamps } from '../settings/file/file.stamps.js';

/**
 * One change of a file is several events (truncate, write, rename), and of a mounted secret several files: they are
 * handled together. Longer would only delay; shorter would read half-written files, which are refused and read again.
 */
const SETTLE_MS = 50;

/**
 * Events are a hint: network file systems send none, a machine can run out of watches, and a watch ends with a folder that
 * is replaced. A poll every few seconds finds what they missed; it costs one `stat` per file.
 */
const POLL_MS = 5_000;

/**
 * Reports when one of a set of files may have changed: written in place, replaced by a rename, or
 * reached through a symbolic link that was pointed elsewhere (Kubernetes swaps `..data`). Folders are watched, not
 * files, because a watch on a file ends with the file it was set on.
 */
export class FileWatch {
  #watchers: FSWatcher[] = [];
  #files = new FileStamps();
  #settling: NodeJS.Timeout | undefined;
  readonly #poll: NodeJS.Timeout;

  constructor(private readonly changed: () => void) {
    this.#poll = setInterval(() => this.#check(), POLL_MS).unref();
  }

  /** Watches these files from now on, and compares them with how they were when they were read. */
  follow(files: FileStamps): void {
    this.#closeWatchers();
    this.#files = files;
    const folders = new Set(files.paths.flatMap((file) => foldersOf(file)));
    this.#watchers = [...folders].flatMap((folder) => this.#watch(folder));
    // Changes since the files were read had no watcher.
    this.#check();
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    this.#closeWatchers();
  }

  #watch(folder: string): FSWatcher[] {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#soon());
      watcher.on('error', () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  }

  #soon(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#check();
    }, SETTLE_MS).unref();
  }

  #check(): void {
    if (this.#files.haveChanged()) this.#soonChanged();
  }

  /** Not from within `follow`: its caller is still handling the last read. */
  #soonChanged(): void {
    setImmediate(() => this.changed());
  }

  #closeWatchers(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }
}

/** The folder of the path itself, and that of the file it resolves to. */
function foldersOf(file: string): string[] {
  try {
    return [dirname(file), dirname(realpathSync(file))];
  } catch {
    return [dirname(file)];
  }
}
