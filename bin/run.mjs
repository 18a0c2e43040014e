#!/usr/bin/env node
/**
 * Runs Tollgate from a checkout: installs what is missing, builds what has changed, and starts the wanted part on the
 * Node that package.json pins. It runs on the host's own Node before anything is installed, so it imports nothing but
 * Node and keeps to syntax that old versions can read well enough to refuse politely.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
const DIST = join(ROOT, 'dist');
const BUILD_STAMP = join(DIST, '.built');
const WINDOWS = process.platform === 'win32';
const PARENT = process.ppid;
const NODE = join(MODULES, 'node', 'bin', WINDOWS ? 'node.exe' : 'node');

/** Runs TypeScript of this repository as it is; `--import` takes a URL on Windows. */
const typescript = (...path) => [
  '--import',
  pathToFileURL(join(ROOT, 'test', 'support', 'typescript.loader.mjs')).href,
  join(ROOT, ...path),
];

const MODES = {
  start: { entry: [join(DIST, 'main.js')], built: true },
  simulators: { entry: [join(DIST, 'simulators', 'main.js')], built: true },
  cli: { entry: [join(DIST, 'cli', 'main.js')], built: true },
  // Some tests start what was built, as a process of its own.
  test: { entry: typescript('node_modules', 'jest', 'bin', 'jest.js'), built: true, cwd: ROOT },
  'soak:rotation': { entry: typescript('bench', 'rotation.ts'), built: true, cwd: ROOT },
  'bench:ledger': { entry: typescript('bench', 'ledger', 'main.ts') },
  chaos: { entry: typescript('test', 'chaos', 'main.ts'), built: true },
  fuzz: { entry: typescript('test', 'fuzz', 'main.ts'), built: true },
  build: { built: true },
};

/** All our own words go here: the standard output belongs to the program that is started. */
const say = (text) => process.stderr.write(`${text}\n`);

async function main([name, ...args]) {
  const mode = Object.keys(MODES).includes(name) ? MODES[name] : undefined;
  if (!mode) fail(`Usage: node bin/run.mjs ${Object.keys(MODES).join('|')} [arguments]`, 64);
  refuseOldNode();
  await installWhatIsMissing();
  if (mode.built) await buildWhatHasChanged();
  if (mode.entry) exitLike(await run(NODE, [...mode.entry, ...args], { cwd: mode.cwd, stdio: 'inherit' }));
}

function fail(message, code = 1) {
  say(message);
  process.exit(code);
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `This machine runs Node ${process.versions.node}; Tollgate needs 20.19 or newer to start.\n` +
      'It then runs on its own Node, which it installs beside its dependencies.',
  );
}

async function installWhatIsMissing() {
  if (isInstalled()) return;
  say('Installing dependencies with npm ci; this takes about a minute ...');
  const started = Date.now();
  const flags = ['ci', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'];
  const result = await run('npm', flags, { cwd: ROOT, env: hostEnvironment(), shell: WINDOWS });
  if (result.stoppedBy) exitLike({ signal: result.stoppedBy });
  if (result.code !== 0) {
    fail(
      `npm ci failed${result.error ? ` (${result.error.message})` : ''}: the dependencies are not installed.\n` +
        'The first start needs the package registry: check the network and `npm config get registry`, then try again.',
    );
  }
  if (!existsSync(NODE)) {
    fail(
      'npm skipped the install script of the package "node". Run: npm rebuild node --ignore-scripts=false',
    );
  }
  say(`Dependencies installed in ${seconds(started)}.`);
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes its own list as the last step of an
 * installation, so an interrupted one has none; times are no help, because git and cp change them.
 */
function isInstalled() {
  const wanted = packagesOf(join(ROOT, 'package-lock.json'));
  const present = packagesOf(join(MODULES, '.package-lock.json'));
  if (!wanted || !present || !existsSync(NODE)) return false;
  const same = (path) => present[path] && present[path].version === wanted[path].version;
  const mustStand = Object.keys(wanted).filter((path) => path !== '' && !wanted[path].optional);
  return mustStand.every(same) && Object.keys(present).every((path) => wanted[path] && same(path));
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Under npm, our own node_modules/.bin leads the PATH, and npm would run on the very Node that it is about to delete.
 */
function hostEnvironment() {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') || 'PATH';
  const folders = (process.env[name] || '')
    .split(delimiter)
    .filter((folder) => !resolve(folder).startsWith(MODULES));
  return { ...process.env, [name]: folders.join(delimiter) };
}

async function buildWhatHasChanged() {
  const print = fingerprint();
  if (existsSync(BUILD_STAMP) && readFileSync(BUILD_STAMP, 'utf8') === print) return;
  say('Building ...');
  const started = Date.now();
  // All of it: neither tsc nor nest removes the output of a source that is gone.
  rmSync(DIST, { recursive: true, force: true });
  const result = await run(NODE, [join(MODULES, '@nestjs', 'cli', 'bin', 'nest.js'), 'build'], { cwd: ROOT });
  if (result.stoppedBy) exitLike({ signal: result.stoppedBy });
  if (result.code !== 0) fail('The build failed; nothing was started.');
  writeFileSync(BUILD_STAMP, print);
  say(`Built in ${seconds(started)}.`);
}

/** Changes with every file that goes into the build: name, size and time, so deleted and renamed ones count too. */
function fingerprint() {
  const hash = createHash('sha256');
  const settings = ['package.json', 'package-lock.json', 'tsconfig.json', 'nest-cli.json'];
  for (const file of [...settings.map((each) => join(ROOT, each)), ...sources(join(ROOT, 'src'))]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function sources(folder) {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(
    ({ name }) => !name.endsWith('.spec.ts'),
  );
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : [path];
  });
}

function seconds(started) {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

/**
 * How close two signals must be to count as one. On Ctrl-C the terminal signals every process of the group and npm
 * passes it on besides; a person who presses it again takes longer.
 */
const ECHO_MS = 500;

/**
 * Runs a command in a process group of its own, so that each signal reaches it exactly once: through us. Its output
 * goes to our standard error unless told otherwise. Answers how it ended, and by which of our signals if any.
 */
function run(command, args, options) {
  return new Promise((done) => {
    const child = spawn(command, args, { stdio: ['ignore', 2, 2], detached: !WINDOWS, ...options });
    let signalledAt = -Infinity;
    let stoppedBy;
    const forward = (signal) => {
      const now = Date.now();
      if (now - signalledAt < ECHO_MS || child.pid === undefined) return;
      signalledAt = now;
      stoppedBy = signal;
      sendSignal(child, signal);
    };
    const onSignal = {
      SIGINT: () => forward('SIGINT'),
      SIGTERM: () => forward('SIGTERM'),
      SIGHUP: () => forward('SIGTERM'),
    };
    for (const signal of Object.keys(onSignal)) process.on(signal, onSignal[signal]);
    const watch = watchNpm(() => forward('SIGTERM'));
    const finish = (result) => {
      clearInterval(watch);
      for (const signal of Object.keys(onSignal)) process.off(signal, onSignal[signal]);
      done(result);
    };
    child.on('error', (error) => finish({ code: 1, error }));
    child.on('exit', (code, signal) => finish({ code, signal, stoppedBy }));
  });
}

function sendSignal(child, signal) {
  try {
    if (WINDOWS) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended in this moment.
  }
}

/**
 * npm, or the shell between us, may be killed without a word to us. Then we have another parent, and nobody who would
 * stop us. Without npm a new parent may be wanted (nohup).
 */
function watchNpm(onLost) {
  if (!process.env.npm_lifecycle_event) return undefined;
  const watch = setInterval(() => {
    if (process.ppid === PARENT) return;
    clearInterval(watch);
    onLost();
  }, 500);
  return watch;
}

/** Ends as the child has ended, by the same signal or with the same code. */
function exitLike({ code, signal, error }) {
  if (error) fail(`${error.message}`);
  if (signal) process.kill(process.pid, signal);
  process.exit(signal ? 1 : code);
}

await main(process.argv.slice(2));
