import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** As in the tests' own process: the embedded database costs 500 MB less, and seconds of processor time. */
export const FLAGS = ['--liftoff-only'];

/** Of the code that a process has compiled, for the next one. */
export const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));

/** Lets the system choose every port. */
export const ANY_PORTS = { PORT: '0', SPID_SIMULATOR_PORT: '0', IMPORT2_SIMULATOR_PORT: '0' };

/** The gateway as it was built, as a process of its own. Of its environment it reads exactly what is given. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  /** What it wrote so far; log lines go to the standard output. */
  errors = '';
  log = '';

  /** `prefix`: a command that runs the gateway, for example `unshare`. */
  constructor(env: NodeJS.ProcessEnv, prefix: readonly string[] = []) {
    const [command, ...args] = [...prefix, process.execPath, ...FLAGS, MAIN];
    this.#child = spawn(command, args, {
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILED, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    // "close" comes after the last word was read.
    this.#exit = new Promise((resolve) => this.#child.on('close', resolve));
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Address of the embedded gateway, from the banner. */
  url(): Promise<string> {
    return this.until(() => /Tollgate +(http:\/\/\S+)/.exec(this.errors)?.[1]);
  }

  /** Waits until there is something; throws with what the process wrote when it ends before. */
  async until<T>(what: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (;;) {
      const found = await what();
      if (found !== undefined) return found;
      if (this.hasEnded) throw new Error(`ended with ${this.#child.exitCode}: ${this.errors}${this.log}`);
      await pause(20);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** The exit code, null after a signal; waits for the end. */
  exit(): Promise<number | null> {
    return this.#exit;
  }

  async kill(): Promise<void> {
    if (!this.hasEnded) this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
