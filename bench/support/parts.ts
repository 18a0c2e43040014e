import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onCore } from './cores.js';

const LOADER = new URL('../../test/support/runner/typescript.loader.mjs', import.meta.url);

const children = new Set<ChildProcess>();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

/** A part of a benchmark in a process of its own, and the URL that it sent. */
export interface Part {
  readonly child: ChildProcess;
  readonly url: string;
}

/** Starts a TypeScript file on that core. @throws Error when it ends before it has sent its URL */
export async function startPart(core: string, script: URL, args: readonly string[] = []): Promise<Part> {
  const node = [process.execPath, '--import', LOADER.href, fileURLToPath(script), ...args];
  const [command = '', ...rest] = [...onCore(core), ...node];
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  children.add(child);
  const gone = once(child, 'exit').then(() => Promise.reject(new Error(`${script.pathname} has ended`)));
  const [{ url }] = (await Promise.race([once(child, 'message'), gone])) as [{ url: string }];
  gone.catch(() => undefined);
  return { child, url };
}
