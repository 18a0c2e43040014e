import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { until } from '../../test/support/until.js';
import type { BenchCaller } from '../support/bench.settings.js';
import { type BenchWorld, withGateways, withWorld } from '../support/bench.world.js';
import type { BenchGateway } from '../support/built.gateway.js';
import { closedLoop, send } from '../support/load.js';
import { atMost, type Figure } from '../support/report.js';

const CLIENTS = 8;

const READY_MS_MAX = 5_000;
const STOPPED_MS_MAX = 50;

/** Of the CPU of a check with one caller. */
const CPU_TIMES_MAX = 1.3;

const KB = 1_000;

/** A gateway with one caller, a thousand and ten thousand: start, memory, a check, a reload of the settings. */
export async function callerGrowth(
  { callers: most, seconds }: { readonly callers: number; readonly seconds: number },
  add: (figure: Figure) => void,
): Promise<void> {
  const baseline: { cpuMs?: number; liveBytes?: number } = {};
  for (const count of [1, 1_000, 10_000].filter((each) => each <= most)) {
    const names = Array.from({ length: count }, (_, index) => `caller-${index}`);
    const callers: BenchCaller[] = names.map((name) => ({ name, weight: 1 }));
    const figure = (measure: string, value: number, unit: string): Figure => ({
      scenario: `${count.toLocaleString('en')} callers`,
      measure,
      value,
      unit,
    });
    const work: Work = async (world, gateway) => {
      add({ ...figure('start to ready', gateway.readyMs, 'ms'), target: atMost(READY_MS_MAX) });
      const { liveBytes } = await gateway.measure('live');
      baseline.liveBytes ??= liveBytes;
      if (count > 1) add(figure('memory a caller', (liveBytes - baseline.liveBytes) / count / KB, 'kB'));
      const cpuMs = await cpuOfCheck(gateway, names, seconds);
      baseline.cpuMs ??= cpuMs;
      add(figure('CPU of a check', cpuMs, 'ms'));
      if (count > 1) {
        const times = figure('CPU of a check against one caller', cpuMs / baseline.cpuMs, 'times');
        add({ ...times, target: atMost(CPU_TIMES_MAX) });
      }
      const { tookMs, stoppedMs } = await reload(world, gateway);
      add(figure('reload: from the file to its effect', tookMs, 'ms'));
      add({ ...figure('reload: loop stopped', stoppedMs, 'ms'), target: atMost(STOPPED_MS_MAX) });
    };
    try {
      await withOne(callers, work);
    } catch (error) {
      // Also when the settings allow fewer callers.
      process.stdout.write(`  ${String(error)}\n`);
      add({ ...figure('start, check, reload', Number.NaN, ''), target: atMost(READY_MS_MAX) });
    }
  }
}

type Work = (world: BenchWorld, gateway: BenchGateway) => Promise<void>;

function withOne(callers: readonly BenchCaller[], work: Work): Promise<void> {
  return withWorld(callers, (world) =>
    withGateways(
      world,
      1,
      async ([gateway]) => {
        if (gateway) await work(world, gateway);
      },
      { measured: true },
    ),
  );
}

async function cpuOfCheck(gateway: BenchGateway, names: readonly string[], seconds: number): Promise<number> {
  const check = async () => {
    const caller = names[Math.floor(Math.random() * names.length)] ?? '';
    const { status, problem } = await send({ url: `${gateway.url}/v1/users/42/entitlements/1337`, caller });
    if (status !== 200) throw new Error(`a check: ${status} ${problem ?? ''}`);
  };
  await closedLoop({ clients: CLIENTS, seconds }, check);
  const before = await gateway.measure();
  const times = await closedLoop({ clients: CLIENTS, seconds }, check);
  return ((await gateway.measure()).cpuMs - before.cpuMs) / times.length;
}

const hashOf = (caller: string): string => createHash('sha256').update(`tg_bench_${caller}`).digest('hex');

/** Another key for one caller; waits until it works. */
async function reload({ settings }: BenchWorld, gateway: BenchGateway) {
  await gateway.measure();
  const begun = performance.now();
  const changed = readFileSync(settings, 'utf8').replace(hashOf('caller-0'), hashOf('renewed'));
  writeFileSync(`${settings}.new`, changed);
  renameSync(`${settings}.new`, settings);
  const call = { url: `${gateway.url}/v1/operations?limit=1`, caller: 'renewed' };
  await until('the new key works', async () => (await send(call)).status === 200);
  const tookMs = performance.now() - begun;
  return { tookMs, stoppedMs: (await gateway.measure()).stoppedMs };
}
