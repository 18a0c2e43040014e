#!/usr/bin/env node
/**
 * `node bin/run.mjs [FILE ...]` installs what is missing, builds what has changed, and runs FILE of this repository on the
 * Node that package.json pins. It runs on the host's Node before anything is installed, so it imports nothing but Node.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const WINDOWS = process.platform === 'win32';
const CALLED_IN = process.cwd();
process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const NODE = resolve(`node_modules/node/bin/node${WINDOWS ? '.exe' : ''}`);
const STAMP = 'dist/.built';
const PARENT = process.ppid;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** glibc keeps what was freed, for each thread and for blocks of up to 32 MB: a quarter of the memory of all tests. */
const RETURNED_MEMORY = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: String(64 * 1024) };
/** Two signals within this time are one: Ctrl-C reaches the whole process group, and npm forwards it as well. */
const ECHO_MS = 500;

async function main([file, ...args]) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `Node ${process.version} is too old: Tollgate needs 20.19 to start, and then installs the Node it runs on.`,
    );
  }
  if (!isInstalled()) await install();
  if (!isBuilt()) await build();
  if (!file) return;
  // What is not in dist is TypeScript, or jest over TypeScript.
  const loader = ['--import', pathToFileURL('test/support/runner/typescript.loader.mjs').href];
  const [flags, cwd, memory] = file.startsWith('dist/')
    ? [[], CALLED_IN, {}]
    : [loader, process.cwd(), RETURNED_MEMORY];
  // A start compiles some thousand files. Beside what it compiles, where nobody else can write.
  const env = { NODE_COMPILE_CACHE: resolve('node_modules/.cache/compiled'), ...memory, ...process.env };
  endLike(await run(NODE, [...flags, resolve(file), ...args], { cwd, env, stdio: 'inherit' }));
}

/** Whether node_modules is what package-lock.json lists. npm writes its own list last, so a cut installation has none. */
function isInstalled() {
  try {
    const files = ['package-lock.json', 'node_modules/.package-lock.json'].map((path) => readFileSync(path));
    const [wanted, present] = files.map((text) => JSON.parse(text).packages);
    const needed = Object.keys(wanted).filter((path) => path !== '' && !wanted[path].optional);
    const same = (path) => wanted[path] && present[path] && wanted[path].version === present[path].version;
    return existsSync(NODE) && [...needed, ...Object.keys(present)].every(same);
  } catch {
    return false;
  }
}

async function install() {
  // npm puts our node_modules/.bin first in PATH, and would run on the very Node that it is about to delete.
  const { PATH = '' } = process.env;
  const folders = PATH.split(delimiter).filter((each) => !resolve(each).startsWith(resolve('node_modules')));
  process.env.PATH = folders.join(delimiter);
  const flags = ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'];
  const advice =
    'It needs the package registry: check the network and `npm config get registry`, then try again.';
  await step('Installing dependencies with npm ci', ['npm', flags, { shell: WINDOWS }], advice);
  process.env.PATH = PATH;
  if (!existsSync(NODE)) fail('npm skipped an install script. Run: npm rebuild node --ignore-scripts=false');
}

const isBuilt = () => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint();

async function build() {
  const print = fingerprint();
  // Neither tsc nor nest removes the output of a source that is gone.
  rmSync('dist', { recursive: true, force: true });
  await step('Building', [NODE, ['node_modules/@nestjs/cli/bin/nest.js', 'build']], 'Nothing was started.');
  writeFileSync(STAMP, print);
}

/** Changes with the name, size or time of any file that goes into the build. */
function fingerprint() {
  const sources = readdirSync('src', { recursive: true }).filter((path) =>
    /(?:(?<!\.spec)\.ts|\.lua|openapi\.json)$/.test(path),
  );
  const settings = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'nest-cli.json',
  ];
  const hash = createHash('sha256');
  for (const path of [...settings, ...sources.map((each) => join('src', each))]) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** Reports on standard error: standard output belongs to the program that is started. */
async function step(title, [command, args, options], advice) {
  console.error(`${title} ...`);
  const started = Date.now();
  const { code, error, stoppedBy } = await run(command, args, { stdio: ['ignore', 2, 2], ...options });
  if (stoppedBy) endLike({ signal: stoppedBy });
  if (code !== 0) fail(`${title} failed${error ? ` (${error.message})` : ''}. ${advice}`);
  console.error(`${title} took ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

/** In a process group of its own, so that each signal reaches it exactly once: through this process. */
async function run(command, args, options) {
  const child = spawn(command, args, { detached: !WINDOWS, ...options });
  let stoppedBy;
  let stoppedAt = -Infinity;
  const stop = (signal) => {
    if (Date.now() - stoppedAt < ECHO_MS || child.pid === undefined) return;
    if (child.exitCode !== null || child.signalCode !== null) endLike({ signal });
    [stoppedAt, stoppedBy] = [Date.now(), signal === 'SIGINT' ? signal : 'SIGTERM'];
    try {
      process.kill(WINDOWS ? child.pid : -child.pid, stoppedBy);
    } catch {
      // It has ended already.
    }
  };
  // They stay when the child has ended: without them, a signal just before our own end would replace its code.
  for (const signal of SIGNALS) process.removeAllListeners(signal).on(signal, stop);
  // npm may be killed without a signal to us; without npm, a new parent may be intended (nohup).
  const isLost = () => process.env.npm_lifecycle_event && process.ppid !== PARENT;
  const watch = setInterval(() => isLost() && !stoppedBy && stop('SIGTERM'), ECHO_MS);
  const result = await new Promise((done) => {
    child.on('error', (error) => done({ code: 1, error }));
    child.on('exit', (code, signal) => done({ code, signal }));
  });
  clearInterval(watch);
  return { ...result, stoppedBy };
}

/** With the same code or by the same signal. */
function endLike({ code, signal, error }) {
  if (signal) process.removeAllListeners(signal).kill(process.pid, signal);
  if (error) fail(error.message);
  process.exit(signal ? 1 : code);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

await main(process.argv.slice(2));
