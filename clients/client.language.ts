import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Step } from './scenario.world.js';

/** Generated clients and what they are compiled to; never committed. */
export const WORK = fileURLToPath(new URL('.generated', import.meta.url));

/** A program with its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** How one language makes a client of the API document, and runs the scenario with it. */
export interface ClientLanguage {
  readonly name: string;
  /** What must be installed: a command that prints its version. */
  readonly toolchains: readonly Command[];
  /** The generator, with the version that the configuration is made for. */
  readonly generator: string;
  /** Where its scenario and configuration are. */
  readonly folder: string;
  /** Where it is generated, compiled and run. */
  readonly work: string;
  /** The folder in `work` that is generated. */
  readonly generated: string;
  /** Run in `work`, one after the other; `document` is the file of the API document. */
  readonly generate: (document: string) => readonly Command[];
  /** Warnings are errors where the language has them. */
  readonly compile: readonly Command[];
  readonly run: Command;
  /** Those of all languages, unless it has its own. */
  readonly steps?: readonly Step[];
  /** A folder outside of the repository, which is removed at the end. */
  readonly outside?: string;
}

export function folderOf(name: string): { readonly folder: string; readonly work: string } {
  return { folder: fileURLToPath(new URL(name, import.meta.url)), work: join(WORK, name) };
}

/** Copies the committed part of a client to where it is compiled, and removes what an earlier run has generated. */
export async function copySources({ folder, work, generated }: ClientLanguage): Promise<void> {
  await rm(join(work, generated), { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await cp(folder, work, { recursive: true });
}
