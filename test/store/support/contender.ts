import { type ChildProcess, type ForkOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('contender.process.mjs', import.meta.url));

export interface Attempt {
  readonly taken: boolean;
  readonly message: string;
}

/** Another process that takes locks of data folders. */
export class Contender {
  readonly #ended: Promise<never>;

  private constructor(private readonly child: ChildProcess) {
    this.#ended = once(child, 'exit').then(([code]) => {
      throw new Error(`a contender ended with ${String(code)}`);
    });
    this.#ended.catch(() => undefined);
  }

  /** `prefix`: a command that runs the process, for example `unshare`. */
  static async start(prefix: readonly string[] = [], options: ForkOptions = {}): Promise<Contender> {
    const [command, ...args] = [...prefix, process.execPath, SCRIPT];
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const contender = new Contender(child);
    await contender.#next();
    return contender;
  }

  /** `atMs`: when, in milliseconds since the epoch; at once when left out. */
  async take(dataDir: string, atMs = 0): Promise<Attempt> {
    const attempt = this.#next();
    this.child.send({ dataDir, atMs });
    return attempt;
  }

  /** As kill -9 does it; resolves as soon as its parent knows of the end. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  async #next(): Promise<Attempt> {
    const [message] = (await Promise.race([once(this.child, 'message'), this.#ended])) as [Attempt];
    return message;
  }
}
