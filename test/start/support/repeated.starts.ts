import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { COMPILED, FLAGS } from '../../support/gateway.process.js';

const SCRIPT = fileURLToPath(new URL('repeated.starts.mjs', import.meta.url));

/** How a start failed: exit code, standard error, log lines. */
export interface FailedStart {
  readonly code: number | null;
  readonly errors: string;
  readonly log: string;
}

/** Starts of the gateway as it was built, one after another in one process; each of them has to fail. */
export class RepeatedStarts {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  #errors = '';
  #log = '';

  constructor() {
    this.#child = spawn(process.execPath, [...FLAGS, SCRIPT], {
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILED },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#exit = new Promise((resolve) => this.#child.on('close', resolve));
  }

  /** Of its environment the start reads exactly `env`. Only `process.exit` and the standard error are not the real ones. */
  async fail(env: NodeJS.ProcessEnv): Promise<FailedStart> {
    const report = once(this.#child, 'message');
    this.#child.send({ env, isLast: false });
    const [{ code, errors }] = (await Promise.race([report, this.#ended()])) as [FailedStart];
    while (!this.#log.includes('\0')) await once(this.#child.stdout!, 'data');
    const log = this.#log.replace('\0', '');
    this.#log = '';
    return { code, errors, log };
  }

  /** With nothing replaced: the process ends with this start. */
  async failLast(env: NodeJS.ProcessEnv): Promise<FailedStart> {
    this.#child.send({ env, isLast: true });
    const code = await this.#exit;
    return { code, errors: this.#errors, log: this.#log };
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  async #ended(): Promise<never> {
    const code = await this.#exit;
    throw new Error(`ended with ${code}: ${this.#errors}${this.#log}`);
  }
}
