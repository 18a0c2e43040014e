import { setTimeout as sleep } from 'node:timers/promises';
import { forgetTraffic, trafficOf } from '../../test/support/vendors/vendor.traffic.js';
import type { BenchWorld } from '../support/bench.world.js';
import { type Call, openLoop, quantile, type Response, send } from '../support/load.js';
import { atMost, below, type Figure } from '../support/report.js';
import { readOf, setFault } from './slow.writes.js';

const READS_PER_SECOND = 40;

/** A request that takes longer has waited for the vendor: it was one of those that opened the breaker, or a probe. */
const WAITED_MS = 1_000;

/** Longer than an attempt (6 s): the breaker is open by then. */
const OPEN_AFTER_SECONDS = 8;

const RECOVERY_SECONDS = 6;

const REFUSAL_MS_MAX = 5;
const RECOVERY_MS_MAX = 2_000;

/** One probe a second, and one more where two seconds meet. */
const PROBES_PER_SECOND_MAX = 1;

/**
 * The vendor accepts every call and responds to none, and then works again.
 * @param bare a read through a server that shares the machine and nothing else; without a valid key it is refused at once
 */
export async function hangingVendor(
  { simulators }: BenchWorld,
  { url, bare }: { readonly url: string; readonly bare: Call },
  seconds: number,
): Promise<Figure[]> {
  await setFault(simulators, { operation: '*', kind: 'hang-after' });
  const begun = performance.now();
  const responses: Response[] = [];
  const bareResponses: Response[] = [];
  const pace = { perSecond: READS_PER_SECOND, seconds: OPEN_AFTER_SECONDS + seconds + RECOVERY_SECONDS };
  const sendInto = (list: Response[], call: Call) => async () => void list.push(await send(call));
  const load = Promise.all([
    openLoop(pace, sendInto(responses, readOf(url))),
    openLoop(pace, sendInto(bareResponses, { ...bare, caller: 'nobody' })),
  ]);
  await sleep(OPEN_AFTER_SECONDS * 1_000);
  await forgetTraffic(simulators.urls.spid);
  const openMs = performance.now();
  await sleep(seconds * 1_000);
  const probes = (await trafficOf(simulators.urls.spid)).length;
  await fetch(`${simulators.urls.spid}/__faults`, { method: 'DELETE' });
  const healedMs = performance.now();
  await load;
  return figuresOf({ responses, bareResponses, begun, openMs, healedMs, probes, seconds });
}

interface Measured {
  readonly responses: readonly Response[];
  readonly bareResponses: readonly Response[];
  readonly begun: number;
  readonly openMs: number;
  readonly healedMs: number;
  readonly probes: number;
  readonly seconds: number;
}

function figuresOf(measured: Measured): Figure[] {
  const { responses, bareResponses, begun, openMs, healedMs, probes, seconds } = measured;
  const scenario = 'hanging vendor';
  const figure = (measure: string, value: number, unit: string) => ({ scenario, measure, value, unit });
  const first = responses.filter(isRefusal).map((each) => each.startedMs - begun);
  const isMeanwhile = ({ startedMs }: Response) => startedMs >= openMs && startedMs < healedMs;
  const open = responses.filter(isMeanwhile);
  const bareMs = bareResponses.filter(isMeanwhile).map(({ ms }) => ms);
  const refusals = open.filter(isRefusal).map(({ ms }) => ms);
  const late = responses.filter(({ startedMs, status }) => startedMs >= healedMs && status !== 200);
  const recoveryMs = Math.max(0, ...late.map(({ startedMs }) => startedMs - healedMs));
  const shareMs = (share: number) => quantile(refusals, share);
  return [
    figure('first refusal after', Math.min(...first), 'ms'),
    {
      ...figure('refused at once, of all', (100 * refusals.length) / open.length, '%'),
      target: { is: 'at least', value: 90 },
    },
    figure('a refusal: median', shareMs(0.5), 'ms'),
    { ...figure('a refusal: p99', shareMs(0.99), 'ms'), target: below(REFUSAL_MS_MAX) },
    figure('bare node:http beside, a refusal: median', quantile(bareMs, 0.5), 'ms'),
    figure('bare node:http beside, a refusal: p99', quantile(bareMs, 0.99), 'ms'),
    {
      ...figure('calls at the vendor a second', probes / seconds, '/s'),
      target: atMost(PROBES_PER_SECOND_MAX + 1 / seconds),
    },
    { ...figure('last failure after the recovery', recoveryMs, 'ms'), target: atMost(RECOVERY_MS_MAX) },
  ];
}

function isRefusal({ status, ms }: Response): boolean {
  return status === 503 && ms < WAITED_MS;
}
