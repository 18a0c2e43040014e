import { setTimeout as sleep } from 'node:timers/promises';
import { callsInAnyWindow, forgetTraffic, trafficOf } from '../../test/support/vendors/vendor.traffic.js';
import type { BenchWorld } from '../support/bench.world.js';
import type { BenchGateway } from '../support/built.gateway.js';
import { GatewayMetrics } from '../support/metrics.of.gateways.js';
import { openLoop, quantile, type Response, send } from '../support/load.js';
import { atMost, type Figure } from '../support/report.js';
import { BackgroundFlood } from './background.flood.js';
import { listOf, QUIET_MS, VENDOR_RATE } from './contention.js';

const SCENARIO = 'beside background';

/** Below what the reserved slots of interactive calls allow. */
const READS_PER_SECOND = 1.5;

/** A caller notices no less; without reserved slots a call waits for a second and longer. */
const WAIT_MS_MAX = 250;

const INTERACTIVE = { upstream: 'import2', class: 'interactive' };

/** One caller asks now and then while background calls take all that they get. */
export async function besideBackground(
  { redis, simulators }: BenchWorld,
  gateways: readonly BenchGateway[],
  seconds: number,
): Promise<Figure[]> {
  const url = gateways[0]?.url ?? '';
  await send(listOf(url, 'first'));
  await sleep(QUIET_MS);
  await forgetTraffic(simulators.urls.import2);
  const [key] = await redis.run((connection) => connection.keys('tollgate:budget:{import2:*'));
  const account = /\{(.*)\}/.exec(key ?? '')?.[1];
  const flood = account === undefined ? undefined : new BackgroundFlood({ redis, simulators }, account);
  const before = await GatewayMetrics.read([url], 'first');
  const reads: Response[] = [];
  await openLoop({ perSecond: READS_PER_SECOND, seconds }, async () => {
    reads.push(await send(listOf(url, 'first')));
  });
  const waits = (await GatewayMetrics.read([url], 'first')).since(before);
  await flood?.stop();
  const waitedMs = 1_000 * waits.quantile('tollgate_budget_wait_duration_seconds', 0.99, INTERACTIVE);
  const most = callsInAnyWindow(await trafficOf(simulators.urls.import2), 1_000);
  return budgetFiguresOf(reads, flood && { waitedMs, perSecond: flood.served / seconds }, most);
}

/** @param flood undefined when the gateway keeps no budget to flood */
function budgetFiguresOf(
  reads: readonly Response[],
  flood: { readonly waitedMs: number; readonly perSecond: number } | undefined,
  most: number,
): Figure[] {
  const served = reads.filter(({ status }) => status === 200).map(({ ms }) => ms);
  const figure = (measure: string, value: number | undefined, unit: string) => ({
    scenario: SCENARIO,
    measure,
    value,
    unit,
  });
  const refused = flood && reads.length - served.length;
  return [
    {
      ...figure('interactive: p99 of the wait, at most', flood?.waitedMs, 'ms'),
      target: atMost(WAIT_MS_MAX),
    },
    figure('interactive: p99 of a request', quantile(served, 0.99), 'ms'),
    { ...figure('interactive: refused', refused, ''), target: atMost(0) },
    figure('background: calls', flood?.perSecond, '/s'),
    { ...figure('vendor: most calls in any second', most, ''), target: atMost(VENDOR_RATE) },
  ];
}
