import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { ProcessClock } from './process.clock.js';

const TOLD = `
  import { performance } from 'node:perf_hooks';
  const { now } = Date;
  process.stdin.on('data', () => {
    const [seconds, nanoseconds] = process.hrtime();
    console.log(JSON.stringify({
      wall: [Date.now(), new Date().getTime(), now(), Date.parse(Date())],
      given: [new Date(5).getTime(), new Date('2026-01-01').toISOString(), new Date() instanceof Date],
      monotonic: [performance.now(), Number(process.hrtime.bigint()) / 1e6, seconds * 1e3 + nanoseconds / 1e6],
    }));
  });`;

interface Reported {
  readonly wall: readonly number[];
  readonly given: readonly unknown[];
  readonly monotonic: readonly number[];
}

/** The wall clock of a second text is whole seconds; a process takes some time to respond. */
const TOLERANCE_MS = 5_000;

describe('the clocks of a gateway in the chaos run', () => {
  let folder: string;
  let clock: ProcessClock;
  let child: ChildProcess;
  let ask: () => Promise<Reported>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-clock-'));
    clock = new ProcessClock(join(folder, 'clock'));
    mkdirSync(join(folder, 'telemetry'));
    writeFileSync(join(folder, 'telemetry', 'request.context.js'), 'export const requestContext = {};');
    mkdirSync(join(folder, 'reconciliation'));
    writeFileSync(join(folder, 'reconciliation', 'probe.times.js'), '');
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'main.js'), TOLD);
    const hook = new URL('gateway.hook.mjs', import.meta.url);
    hook.searchParams.set('clock', clock.path);
    hook.searchParams.set('dist', pathToFileURL(`${folder}/`).href);
    hook.searchParams.set('pace', '{}');
    child = spawn(process.execPath, ['--import', hook.href, join(folder, 'main.js')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the process has ended with ${code}`);
    });
    ended.catch(() => undefined);
    ask = async () => {
      const reported = once(lines, 'line') as Promise<[string]>;
      child.stdin?.write('\n');
      return JSON.parse((await Promise.race([reported, ended]))[0]) as Reported;
    };
  });

  afterAll(() => {
    child.kill('SIGKILL');
    clock.close();
    rmSync(folder, { recursive: true });
  });

  /** By how much each wall clock is off, and how much each monotonic one has gone on since. */
  async function offsets(since: Reported): Promise<{ wall: number[]; monotonic: number[] }> {
    const reported = await ask();
    return {
      wall: reported.wall.map((ms) => ms - Date.now()),
      monotonic: reported.monotonic.map((ms, index) => ms - (since.monotonic[index] ?? 0)),
    };
  }

  const about = (ms: number) => (value: number) => Math.abs(value - ms) < TOLERANCE_MS;

  it('are the machine’s at first, and read times as ever', async () => {
    const reported = await ask();
    expect(reported.wall.every((ms) => about(Date.now())(ms))).toBe(true);
    expect(reported.given).toEqual([5, '2026-01-01T00:00:00.000Z', true]);
  });

  it('are moved while the process runs, each for itself', async () => {
    const before = await ask();
    clock.setWall(200_000);
    const skewed = await offsets(before);
    expect(skewed.wall.filter(about(200_000))).toHaveLength(4);
    expect(skewed.monotonic.filter(about(0))).toHaveLength(3);

    clock.move({ wallMs: -260_000, monotonicMs: -30_000 });
    const moved = await offsets(before);
    expect(moved.wall.filter(about(-60_000))).toHaveLength(4);
    expect(moved.monotonic.filter(about(-30_000))).toHaveLength(3);
  });
});
