import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.js';

const SCRIPT = fileURLToPath(new URL('../../bin/run.mjs', import.meta.url));
const LOCK = JSON.stringify({ packages: { '': {}, 'node_modules/a': { version: '1.0.0' } } });

/** What the build writes: prints its arguments and signals, and ends with code 7 after as many as its first argument. */
const PROGRAM = `
const [what = '0', ...rest] = process.argv.slice(2);
let signals = 0;
const count = (signal) => { console.log(signal); if ((signals += 1) === Number(what)) process.exit(7); };
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, count);
console.log('started', what, ...rest);
if (Number(what) > 0) setInterval(() => {}, 1_000);
if (what === 'kill') process.kill(process.pid, 'SIGKILL');`;

const NEST = `
import { mkdirSync, writeFileSync } from 'node:fs';
mkdirSync('dist', { recursive: true });
writeFileSync('dist/main.js', ${JSON.stringify(PROGRAM)});`;

/** Installs what run.mjs needs, as npm does: its own list of packages last. */
const NPM = `#!/bin/sh
[ -e registry-is-away ] && exit 1
mkdir -p node_modules/node/bin node_modules/@nestjs/cli/bin
[ -e scripts-are-skipped ] || ln -sf '${process.execPath}' node_modules/node/bin/node
cp nest.mjs node_modules/@nestjs/cli/bin/nest.js
cp package-lock.json node_modules/.package-lock.json`;

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

describe('bin/run.mjs', () => {
  let root: string;
  const children: ChildProcess[] = [];

  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'run-'));
    await write('tools/npm', NPM);
    await chmod(join(root, 'tools/npm'), 0o755);
    await mkdir(join(root, 'bin'));
    await cp(SCRIPT, join(root, 'bin/run.mjs'));
    for (const file of ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json']) await write(file, '{}');
    await write('package.json', '{"type":"module"}');
    await write('package-lock.json', LOCK);
    await write('nest.mjs', NEST);
    await write('src/main.ts', '1');
    await write('src/folder/main.spec.ts', '1');
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  });

  function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const PATH = `${join(root, 'tools')}:/usr/bin:/bin`;
    const child = spawn(process.execPath, [join(root, 'bin/run.mjs'), ...args], { env: { PATH, ...env } });
    children.push(child);
    const texts = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
    const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...texts }));
    return { child, ended, texts };
  }

  const run = (...args: string[]): Promise<Ended> => start(args).ended;

  it('installs and builds before the first start, and starts at once from then on', async () => {
    const first = await run('dist/main.js', 'a', 'b');
    expect(first).toMatchObject({ code: 0, out: 'started a b\n' });
    expect(first.err).toMatch(
      /^Installing dependencies .*\n.* took .* s\.\nBuilding \.\.\.\nBuilding took .* s\.\n$/,
    );
    expect(await run('dist/main.js')).toMatchObject({ code: 0, out: 'started 0\n', err: '' });
    expect(await run()).toMatchObject({ code: 0, out: '', err: '' });
  });

  it.each<[string, () => Promise<void>]>([
    ['changed', () => write('src/main.ts', '22')],
    ['renamed', () => rename(join(root, 'src/main.ts'), join(root, 'src/other.ts'))],
    ['deleted', () => rm(join(root, 'src/main.ts'))],
    ['added in a folder', () => write('src/folder/new.ts', '1')],
  ])('builds again when a source was %s', async (_what, change) => {
    await run();
    await write('dist/gone.js', '');
    await change();
    expect((await run()).err).toMatch(/^Building \.\.\.\n/);
    await expect(readFile(join(root, 'dist/gone.js'))).rejects.toThrow('ENOENT');
  });

  it('does not build again for a test', async () => {
    await run();
    await write('src/folder/other.spec.ts', '1');
    expect((await run()).err).toBe('');
  });

  it.each<[string, string, string]>([
    ['another version is needed', 'package-lock.json', LOCK.replace('1.0.0', '1.0.1')],
    ['a package is there that is not needed', 'package-lock.json', '{"packages":{}}'],
    ['an installation was cut', 'node_modules/.package-lock.json', ''],
  ])('installs again when %s', async (_what, path, text) => {
    await run();
    await write(path, text);
    expect((await run()).err).toMatch(/^Installing dependencies .*\n/);
  });

  it('reports what to do when the registry is away, and starts nothing', async () => {
    await write('registry-is-away', '');
    const { code, out, err } = await run('dist/main.js');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('check the network and `npm config get registry`, then try again.');
  });

  it('reports what to do when npm skips install scripts', async () => {
    await write('scripts-are-skipped', '');
    const { code, err } = await run('dist/main.js');
    expect([code, err]).toEqual([1, expect.stringContaining('npm rebuild node --ignore-scripts=false')]);
  });

  it('starts nothing after a build that failed', async () => {
    await write('nest.mjs', 'process.exit(3)');
    const { code, out, err } = await run('dist/main.js');
    expect([code, out, err]).toEqual([1, '', expect.stringContaining('Nothing was started.')]);
    expect((await run('dist/main.js')).err).toContain('Building ...');
  });

  it('forwards one of the signals that arrive within half a second, and ends with the code', async () => {
    const { child, ended, texts } = start(['dist/main.js', '2']);
    await until('the program has started', () => texts.out !== '');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    await until('another signal has ended it', () => !child.kill('SIGINT'));
    expect(await ended).toMatchObject({
      code: 7,
      out: expect.stringMatching(/^started 2\n(SIGINT|SIGTERM)\nSIGINT\n$/),
    });
  });

  it('forwards SIGHUP as SIGTERM', async () => {
    const { child, ended, texts } = start(['dist/main.js', '1']);
    await until('the program has started', () => texts.out !== '');
    child.kill('SIGHUP');
    expect(await ended).toMatchObject({ code: 7, out: 'started 1\nSIGTERM\n' });
  });

  it('ends by the signal by which the program ended', async () => {
    expect(await run('dist/main.js', 'kill')).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it('stops the program when npm is gone without a signal', async () => {
    await run();
    const script = `"$NODE" "$RUN" dist/main.js 1 & wait`;
    const env = {
      PATH: '/usr/bin:/bin',
      NODE: process.execPath,
      RUN: join(root, 'bin/run.mjs'),
      npm_lifecycle_event: 'start',
    };
    const npm = spawn('/bin/sh', ['-c', script], { env });
    children.push(npm);
    await once(npm.stdout, 'data');
    npm.kill('SIGKILL');
    let out = '';
    for await (const chunk of npm.stdout) out += String(chunk);
    expect(out).toBe('SIGTERM\n');
  });
});
