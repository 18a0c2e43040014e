import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { COMPILED, FLAGS } from '../support/gateway.process.js';
import type { Output } from './needles.js';

/** Of the gateway alone. */
const HOOKS = ['./crash.hook.mjs', './calm.hook.mjs'].flatMap((file) => [
  '--import',
  new URL(file, import.meta.url).href,
]);

/** What Linux reports about a process to any user with the rights. */
const PROC_FILES = ['environ', 'cmdline', 'comm', 'status'];

/** A process of the program as it was built, all its output, and all that the system reports about it. */
export class CanaryProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #output: { readonly stdout: Buffer[]; readonly stderr: Buffer[] } = { stdout: [], stderr: [] };
  readonly #shown: Output[] = [];

  constructor(name: string, script: string, { args = [], env }: { args?: string[]; env: NodeJS.ProcessEnv }) {
    this.#name = name;
    const file = fileURLToPath(new URL(`../../dist/${script}`, import.meta.url));
    const flags = ['--no-warnings', ...FLAGS, ...(script === 'main.js' ? HOOKS : [])];
    this.#child = spawn(process.execPath, [...flags, file, ...args], {
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILED, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#output.stdout.push(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#output.stderr.push(chunk));
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  output(): string {
    return Buffer.concat([...this.#output.stdout, ...this.#output.stderr]).toString('utf8');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves with the exit code once all its output has arrived. */
  async ended(): Promise<number | null> {
    if (this.isAlive || this.#child.stdout?.readable) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.isAlive) this.signal(signal);
    await this.ended();
  }

  /** Reads what `/proc` shows of the process, while it lives; nothing where there is no `/proc`. */
  async readProc(): Promise<void> {
    for (const file of PROC_FILES) {
      const bytes = await readFile(`/proc/${this.#child.pid}/${file}`).catch(() => undefined);
      if (bytes) this.#shown.push({ name: `${this.#name} /proc/${file}`, bytes });
    }
  }

  outputs(): readonly Output[] {
    const { stdout, stderr } = this.#output;
    return [
      { name: `${this.#name} stdout`, bytes: Buffer.concat(stdout) },
      { name: `${this.#name} stderr`, bytes: Buffer.concat(stderr) },
      ...this.#shown,
    ];
  }
}
