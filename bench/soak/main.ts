/**
 * `npm run soak`: one gateway for minutes at half of the load that it can take. Ends with 1 when its memory grows, a response is
 * wrong, or one request stops the event loop for too long. `-- --minutes 10 --rate 0`: requests a second; 0 is half of what a
 * short trial shows.
 */
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RefusalReason } from '../../src/upstreams/budget/budget.types.js';
import { numberOptions, orExit } from '../../test/support/number.options.js';
import { withGateways, withWorld } from '../support/bench.world.js';
import type { BenchGateway, MeasuredProcess } from '../support/built.gateway.js';
import { closedLoop, closeLoad } from '../support/load.js';
import { GatewayMetrics } from '../support/metrics.of.gateways.js';
import { atMost, type Figure, Report } from '../support/report.js';
import { heavyRequests } from './heavy.requests.js';
import { bytesPerHour } from './memory.trend.js';
import { SOAK_CALLER, SoakLoad, type WrongResponse } from './soak.load.js';

const options = orExit(() =>
  numberOptions({
    minutes: { min: 1, max: 1_440, default: 10 },
    rate: { min: 0, max: 10_000, default: 0 },
  }),
);

const TRIAL = { clients: 32, seconds: 10 } as const;

/** A collection stops the gateway for 100 ms and more. */
const SAMPLE_EVERY_MS = 10_000;

/** Of the samples. */
const SHOWN_EVERY = 3;

/** Of the time: code is compiled, and caches, pools and the heap get their sizes. */
const WARM_UP_SHARE = 0.3;

/** 10 minutes show 3 MB an hour; a leak of 10 bytes a request at 500 requests a second is 18. */
const MB_PER_HOUR_MAX = 6;

const MB = 1_000_000;

const SCENARIO = 'half load';

/** Of wrong responses. */
const SHOWN_MAX = 20;

const REFUSALS: readonly RefusalReason[] = [
  'queue-full',
  'no-time',
  'throttled',
  'breaker-open',
  'no-retries',
];

interface Soaked {
  readonly sent: number;
  readonly wrong: readonly WrongResponse[];
  readonly samples: readonly (MeasuredProcess & { readonly seconds: number })[];
}

/** An open loop, and a sample of the process now and then. */
async function soak(load: SoakLoad, gateway: BenchGateway, perSecond: number): Promise<Soaked> {
  const begun = performance.now();
  const elapsedMs = () => performance.now() - begun;
  const isOver = () => elapsedMs() > options.minutes * 60_000;
  const running = new Set<Promise<void>>();
  const wrong: WrongResponse[] = [];
  const samples: Soaked['samples'][number][] = [];
  const sampling = (async () => {
    for (; !isOver(); await sleep(SAMPLE_EVERY_MS)) {
      const sample = { ...(await gateway.measure('live')), seconds: elapsedMs() / 1_000 };
      samples.push(sample);
      if (samples.length % SHOWN_EVERY === 0) {
        const mb = (bytes: number) => `${(bytes / MB).toFixed(2)} MB`;
        const { seconds, liveBytes, rssBytes } = sample;
        process.stdout.write(`  ${seconds.toFixed(0)} s: live ${mb(liveBytes)}, resident ${mb(rssBytes)}\n`);
      }
    }
  })();
  const request = async () => {
    const response = await load.one();
    if (response) wrong.push(response);
  };
  let sent = 0;
  for (; !isOver(); sent += 1) {
    const dueMs = (sent * 1_000) / perSecond - elapsedMs();
    if (dueMs > 0) await sleep(dueMs);
    const call = request();
    void call.finally(() => running.delete(call));
    running.add(call);
  }
  await Promise.all([...running, sampling]);
  return { sent, wrong, samples };
}

/** After the warm-up. */
function figuresOf({ sent, wrong, samples }: Soaked): Figure[] {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  const values = (name: keyof MeasuredProcess) => warm.map((sample) => sample[name]);
  const perHour = (name: keyof MeasuredProcess) =>
    bytesPerHour(warm.map((sample) => ({ seconds: sample.seconds, bytes: sample[name] }))) / MB;
  const figure = (measure: string, value: number, unit: string) => ({
    scenario: SCENARIO,
    measure,
    value,
    unit,
  });
  return [
    figure('requests', sent, ''),
    { ...figure('wrong responses', wrong.length, ''), target: atMost(0) },
    figure('live memory: least', Math.min(...values('liveBytes')) / MB, 'MB'),
    figure('live memory: most', Math.max(...values('liveBytes')) / MB, 'MB'),
    { ...figure('live memory: slope', perHour('liveBytes'), 'MB/h'), target: atMost(MB_PER_HOUR_MAX) },
    figure('resident memory: most', Math.max(...values('rssBytes')) / MB, 'MB'),
    figure('resident memory: slope', perHour('rssBytes'), 'MB/h'),
    figure('loop stopped: longest', Math.max(...values('stoppedMs')), 'ms'),
    figure('collection of garbage: longest', Math.max(...values('collectedMs')), 'ms'),
  ];
}

/** What SPiD's budget has refused, if anything: wrong responses of a machine without time for this load. */
async function refusalsOf({ url }: BenchGateway): Promise<Figure[]> {
  const metrics = await GatewayMetrics.read([url], SOAK_CALLER);
  return REFUSALS.flatMap((reason) => {
    const value = metrics.sum('tollgate_budget_refused_total', { upstream: 'spid', reason });
    return value
      ? [{ scenario: SCENARIO, measure: `refused by SPiD's budget: ${reason}`, value, unit: '' }]
      : [];
  });
}

function show(wrong: readonly WrongResponse[]): void {
  for (const { url, status, problem, ms } of wrong.slice(0, SHOWN_MAX)) {
    process.stdout.write(`  ${status} ${problem ?? ''} after ${ms.toFixed(0)} ms: ${url}\n`);
  }
}

const report = new Report('soak');
await withWorld([{ name: SOAK_CALLER, weight: 1 }], (world) =>
  withGateways(
    world,
    1,
    async ([gateway]) => {
      if (!gateway) throw new Error('no gateway');
      const load = await SoakLoad.prepare(gateway.url, world.simulators);
      for (const figure of await heavyRequests(world, gateway)) report.add(figure);
      const perSecond =
        options.rate || (await closedLoop(TRIAL, () => load.one())).length / TRIAL.seconds / 2;
      report.add({ scenario: SCENARIO, measure: 'requests a second', value: perSecond, unit: '/s' });
      const soaked = await soak(load, gateway, perSecond);
      for (const figure of figuresOf(soaked)) report.add(figure);
      for (const figure of await refusalsOf(gateway)) report.add(figure);
      show(soaked.wrong);
    },
    { measured: true },
  ),
);
await closeLoad();
process.exit(report.finish(join(tmpdir(), 'soak.json'), options) ? 0 : 1);
