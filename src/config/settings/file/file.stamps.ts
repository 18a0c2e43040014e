import { statSync } from 'node:fs';

/** Files, and how each was when it was added or last compared: a file differs whenever it is another or has been written to. */
export class FileStamps {
  readonly #stamps: Map<string, string>;

  constructor(stamps: Iterable<readonly [string, string]> = []) {
    this.#stamps = new Map(stamps);
  }

  get paths(): readonly string[] {
    return [...this.#stamps.keys()];
  }

  /** To be called before the file is read, so that a change while it is read is seen. */
  add(path: string): void {
    if (!this.#stamps.has(path)) this.#stamps.set(path, stampOf(path));
  }

  /** Whether any file has changed; it is compared with its present state from now on. */
  haveChanged(): boolean {
    let changed = false;
    for (const [path, stamp] of this.#stamps) {
      const now = stampOf(path);
      if (now === stamp) continue;
      changed = true;
      this.#stamps.set(path, now);
    }
    return changed;
  }

  [Symbol.iterator](): Iterator<readonly [string, string]> {
    return this.#stamps[Symbol.iterator]();
  }
}

function stampOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    // The time of change covers rights and owner as well.
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
