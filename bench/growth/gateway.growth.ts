import { setTimeout as sleep } from 'node:timers/promises';
import { costsBetween, scriptCosts } from '../budget/redis.costs.js';
import { type BenchWorld, withGateways } from '../support/bench.world.js';
import { type Call, openLoop, quantile } from '../support/load.js';
import type { Figure } from '../support/report.js';
import { LedgerCalls, right } from './ledger.calls.js';
import { SHOP } from './list.calls.js';
import { explain } from './statement.plans.js';

const REQUESTS_PER_SECOND = 40;

/** Long enough for what runs every few seconds. */
const IDLE_MS = 15_000;

interface RoundTrips {
  readonly redis: number;
  readonly statements: number;
}

/** What shared stores get from gateways that do nothing, and from each request through one and several. */
export async function gatewayGrowth(
  world: BenchWorld,
  { gateways: most, seconds }: { readonly gateways: number; readonly seconds: number },
  add: (figure: Figure) => void,
): Promise<void> {
  const calls = await LedgerCalls.prepare(world);
  for (let count = 1; count <= most; count += 1) {
    const scenario = `${count} gateway${count === 1 ? '' : 's'}`;
    const figure = (measure: string, value: number, unit: string) => add({ scenario, measure, value, unit });
    await withGateways(world, count, async (gateways) => {
      const urls = gateways.map(({ url }) => url);
      const idle = await roundTrips(world, () => sleep(IDLE_MS));
      const idlePerMs = { redis: idle.redis / IDLE_MS, statements: idle.statements / IDLE_MS };
      figure('idle: scripts of Redis', idlePerMs.redis * 1_000, '/s');
      figure('idle: statements of PostgreSQL', idlePerMs.statements * 1_000, '/s');
      for (const [name, callOf] of callsOf(calls)) {
        const times: number[] = [];
        const begun = performance.now();
        const all = await roundTrips(world, () =>
          openLoop({ perSecond: REQUESTS_PER_SECOND, seconds }, async (index) => {
            const url = urls[index % urls.length] ?? '';
            times.push(await right(callOf(url), 200, 201, 409));
          }),
        );
        const tookMs = performance.now() - begun;
        const ofOne = (kind: keyof RoundTrips) => (all[kind] - idlePerMs[kind] * tookMs) / times.length;
        figure(`${name}: scripts of Redis a request`, ofOne('redis'), '');
        figure(`${name}: statements of PostgreSQL a request`, ofOne('statements'), '');
        figure(`${name}: median`, quantile(times, 0.5), 'ms');
      }
    });
  }
}

function callsOf(calls: LedgerCalls): [string, (url: string) => Call][] {
  return [
    ['check', (url) => ({ url: `${url}/v1/users/42/entitlements/1337`, caller: SHOP.name })],
    ['handout', (url) => calls.handout(url)],
    ['grant', (url) => calls.grant(url)],
  ];
}

async function roundTrips(world: BenchWorld, work: () => Promise<void>): Promise<RoundTrips> {
  const before = await scriptCosts(world.redis);
  const plans = await explain(world, work);
  const { calls } = costsBetween(before, await scriptCosts(world.redis));
  return { redis: calls, statements: plans.length };
}
