import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ClientLanguage, type Command, copySources, WORK } from './client.language.js';
import { STEPS } from './scenario.steps.js';
import { ScenarioWorld } from './scenario.world.js';

/** Downloads of a first run included; a client that hangs is a failure. */
const COMMAND_TIMEOUT_MS = 240_000;

export interface ClientReport {
  readonly language: string;
  readonly generator: string;
  readonly generateMs: number;
  readonly compileMs: number;
  readonly scenarioMs: number;
  readonly passed: number;
  readonly steps: number;
  /** Empty: as it must be. */
  readonly failures: readonly string[];
}

/** The programs that a language needs and this machine lacks. */
export async function missingToolchains({ toolchains }: ClientLanguage): Promise<string[]> {
  const found = await Promise.all(
    toolchains.map((command) =>
      execute(command).then(
        () => [],
        () => [command[0]],
      ),
    ),
  );
  return found.flat();
}

/** Generates and compiles the client of one language and runs the scenario with it. */
export async function runClient(language: ClientLanguage): Promise<ClientReport> {
  const times = { generateMs: 0, compileMs: 0, scenarioMs: 0 };
  const { name, generator, steps = STEPS, outside } = language;
  const world = await ScenarioWorld.start(steps);
  const failures: string[] = [];
  try {
    const env = await world.listen();
    times.generateMs = await timed(() => generate(language, world.document));
    times.compileMs = await timed(() => inOrder(language.compile, language.work));
    times.scenarioMs = await timed(() => execute(language.run, { cwd: language.work, env }));
    failures.push(...world.failures());
  } catch (error) {
    // A scenario that has ended early has reported why in its last steps.
    if (world.results.length > 0) failures.push(...world.failures());
    failures.push(error instanceof Error ? error.message : String(error));
  } finally {
    await world.close();
    if (outside) await rm(outside, { recursive: true, force: true });
  }
  const passed = world.results.filter(({ failure }) => failure === undefined).length;
  return { language: name, generator, ...times, passed, steps: steps.length, failures };
}

async function generate(language: ClientLanguage, document: unknown): Promise<void> {
  await copySources(language);
  await mkdir(WORK, { recursive: true });
  const file = join(WORK, 'openapi.json');
  await writeFile(file, JSON.stringify(document));
  await inOrder(language.generate(file), language.work);
}

async function inOrder(commands: readonly Command[], cwd: string): Promise<void> {
  for (const command of commands) await execute(command, { cwd });
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}

/** @throws Error with the command and its output when it fails */
async function execute(
  [program, ...args]: Command,
  { cwd = WORK, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  await mkdir(cwd, { recursive: true });
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: COMMAND_TIMEOUT_MS,
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code === 0 ? '' : `ended with ${code ?? signal}`));
  });
  const [failure, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (failure !== '') throw new Error(`${[program, ...args].join(' ')} ${failure}\n${output}${errors}`);
}
