import type { ReceivedCall } from '../../../src/simulators/simulator.traffic.js';

/** Most calls that arrived within any window of this length, `[t, t + windowMs)`, whenever it begins. */
export function callsInAnyWindow(calls: readonly ReceivedCall[], windowMs: number): number {
  const times = calls.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
  let most = 0;
  let first = 0;
  times.forEach((atMs, index) => {
    while (atMs - (times[first] ?? atMs) >= windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}

/** Most calls in progress at one time. */
export function callsAtOnce(calls: readonly ReceivedCall[]): number {
  return calls.reduce((most, { inProgress }) => Math.max(most, inProgress), 0);
}

/** How many calls the vendor refused for its rate limit: 429, and SPiD's 420. */
export function throttledCalls(calls: readonly ReceivedCall[]): number {
  return calls.filter(({ status }) => status === 420 || status === 429).length;
}

/** The calls that a simulator has received since `DELETE /__traffic`. @throws Error when some are not listed any more */
export async function trafficOf(simulatorUrl: string): Promise<ReceivedCall[]> {
  const response = await fetch(`${simulatorUrl}/__traffic`);
  const { calls, dropped } = (await response.json()) as { calls: ReceivedCall[]; dropped: number };
  if (dropped > 0) throw new Error(`the simulator has dropped ${dropped} calls from its traffic log`);
  return calls;
}

/** Begins a new record. */
export async function forgetTraffic(simulatorUrl: string): Promise<void> {
  await fetch(`${simulatorUrl}/__traffic`, { method: 'DELETE' });
}
