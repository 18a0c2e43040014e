import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

const living = new Set<ChildProcess>();

// However this process ends, its children end with it.
process.on('exit', () => living.forEach((child) => child.kill('SIGKILL')));

/** A process of the run. Its words go to a file, which is kept when the run finds something. */
export class Child {
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  readonly #ended: Promise<void>;

  constructor(command: string, args: readonly string[], options: SpawnOptions & { readonly log: string }) {
    mkdirSync(dirname(options.log), { recursive: true });
    this.#log = createWriteStream(options.log, { flags: 'a' });
    this.#child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    living.add(this.#child);
    this.#child.stdout?.pipe(this.#log, { end: false });
    this.#child.stderr?.pipe(this.#log, { end: false });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#log.write(`${String(error)}\n`, () => resolve()));
      this.#child.once('exit', () => resolve());
    });
    void this.#ended.then(() => living.delete(this.#child));
  }

  get isAlive(): boolean {
    return living.has(this.#child);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Sends the signal and waits for the end. */
  async end(name: NodeJS.Signals): Promise<void> {
    this.signal(name);
    await this.#ended;
    this.#log.end();
  }
}
