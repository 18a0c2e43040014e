import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedCall } from '../../src/simulators/simulator.traffic.js';
import { forgetTraffic, trafficOf } from '../../test/support/vendors/vendor.traffic.js';
import type { BenchCaller } from '../support/bench.settings.js';
import type { BenchWorld } from '../support/bench.world.js';
import type { BenchGateway } from '../support/built.gateway.js';
import { GatewayMetrics } from '../support/metrics.of.gateways.js';
import { type Call, openLoop, type Response, send } from '../support/load.js';
import { costsBetween, scriptCosts, type ScriptCosts } from './redis.costs.js';
import { SlotHolds } from './slot.holds.js';

/** Import2's own limit. */
export const VENDOR_RATE = 10;

export const CONTENTION_CALLERS: readonly BenchCaller[] = [
  { name: 'first', weight: 1 },
  { name: 'second', weight: 1 },
  { name: 'double', weight: 2 },
];

/** Callers in the order in which they ask: each offers four times its share. */
const TURNS = ['double', 'first', 'double', 'second'] as const;

const OFFERED_PER_SECOND = 4 * VENDOR_RATE;

/** One in so many requests comes back when it was asked to, of every caller; all of them would be another load. */
const RETURNING = 11;

/** The window of the first requests is over by then. */
export const QUIET_MS = 1_500;

/** The queue is full and slots are held by then. */
const WARM_UP_SECONDS = 3;

/** Of every request, so that waits and a queue of some seconds are under test. */
const DEADLINE_MS = 3_000;

export interface Contention {
  readonly seconds: number;
  /** Measured after the warm-up. */
  readonly responses: readonly Response[];
  /** Of requests that came back when they had been asked to. */
  readonly returns: readonly Response[];
  /** All that the vendor received, from the first call on. */
  readonly calls: readonly ReceivedCall[];
  /** Received after the warm-up, a second. */
  readonly servedPerSecond: number;
  readonly holdMs: number;
  readonly scripts: ScriptCosts;
  readonly before: GatewayMetrics;
  readonly after: GatewayMetrics;
}

/** Three callers compete for one account through all gateways. */
export async function contend(
  world: BenchWorld,
  gateways: readonly BenchGateway[],
  seconds: number,
): Promise<Contention> {
  const { redis, simulators } = world;
  const urls = gateways.map(({ url }) => url);
  for (const url of urls) await send(listOf(url, 'first'));
  await sleep(QUIET_MS);
  await forgetTraffic(simulators.urls.import2);
  const holds = new SlotHolds(redis, 'import2');
  const watching = holds.watch();
  const demand = new Demand(urls, performance.now() + (WARM_UP_SECONDS + seconds) * 1_000);
  await demand.offer(WARM_UP_SECONDS);
  const [before, scriptsBefore] = [await GatewayMetrics.read(urls, 'first'), await scriptCosts(redis)];
  const fromMs = performance.now();
  await demand.offer(seconds);
  const [after, scriptsAfter] = [await GatewayMetrics.read(urls, 'first'), await scriptCosts(redis)];
  holds.stop();
  await watching;
  const calls = await trafficOf(simulators.urls.import2);
  return {
    seconds,
    responses: demand.responses.filter(({ startedMs }) => startedMs >= fromMs),
    returns: await demand.returned(),
    calls,
    servedPerSecond: callsFrom(calls, performance.timeOrigin + fromMs, seconds) / seconds,
    holdMs: holds.meanMs,
    scripts: costsBetween(scriptsBefore, scriptsAfter),
    before,
    after,
  };
}

/** What the callers ask of the gateways. */
class Demand {
  readonly responses: Response[] = [];
  readonly #returns: Promise<Response>[] = [];
  #asked = 0;

  /** @param endMs no request comes back after that time */
  constructor(
    private readonly urls: readonly string[],
    private readonly endMs: number,
  ) {}

  offer(seconds: number): Promise<void> {
    return openLoop({ perSecond: OFFERED_PER_SECOND, seconds }, () => this.#ask());
  }

  returned(): Promise<Response[]> {
    return Promise.all(this.#returns);
  }

  async #ask(): Promise<void> {
    const index = this.#asked;
    this.#asked += 1;
    const url = this.urls[gatewayOf(index, this.urls.length)] ?? '';
    const call = listOf(url, TURNS[index % TURNS.length] ?? 'first');
    const response = await send(call);
    this.responses.push(response);
    const { status, retryAfterMs } = response;
    if (index % RETURNING !== 0 || status !== 503 || retryAfterMs === undefined) return;
    if (performance.now() + retryAfterMs < this.endMs) this.#returns.push(comeBack(call, retryAfterMs));
  }
}

function callsFrom(calls: readonly ReceivedCall[], fromMs: number, seconds: number): number {
  return calls.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + seconds * 1_000).length;
}

export function listOf(url: string, caller: string): Call {
  return {
    url: `${url}/v1/migrations?destinationUsername=bench%40demo.example`,
    caller,
    headers: { 'tollgate-deadline-ms': String(DEADLINE_MS) },
  };
}

/** Each caller asks each gateway equally often. */
function gatewayOf(index: number, count: number): number {
  return (index + Math.floor(index / TURNS.length)) % count;
}

async function comeBack(call: Call, afterMs: number): Promise<Response> {
  await sleep(afterMs);
  return send(call);
}
