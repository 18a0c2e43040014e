import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

const LAST_CHARACTERS = 1_000;

const living = new Set<ChildProcess>();

// However this process ends, its children end with it.
process.on('exit', () => living.forEach((child) => child.kill('SIGKILL')));

/** A process of the run. Its words go to a file, which is kept when the run finds something. */
export class Child {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  private readonly log: string;

  constructor(command: string, args: readonly string[], options: SpawnOptions & { readonly log: string }) {
    this.log = options.log;
    mkdirSync(dirname(options.log), { recursive: true });
    // The file itself, no pipe: what a process writes in its last moment is written without us.
    const log = openSync(options.log, 'a');
    this.#child = spawn(command, args, { ...options, stdio: ['ignore', log, log] });
    closeSync(log);
    living.add(this.#child);
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        appendFileSync(options.log, `${String(error)}\n`);
        resolve();
      });
      this.#child.once('exit', () => resolve());
    });
    void this.#ended.then(() => living.delete(this.#child));
  }

  /** undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The end of its output, for an error when it ended too early. */
  get lastWords(): string {
    return readFileSync(this.log, 'utf8').slice(-LAST_CHARACTERS).trim();
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
  }
}
