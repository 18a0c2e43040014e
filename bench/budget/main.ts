/**
 * `npm run bench:budget`: what the vendor sees, and what callers get, while three callers of weights 1:1:2 offer Import2 four
 * times what it takes, through 1, 2 and 4 gateways on one Redis. Ends with 1 when a target is missed.
 * `-- --seconds 60 --gateways 4`: seconds measured for each number of gateways, and the largest number of them.
 */
import 'reflect-metadata';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { numberOptions, orExit } from '../../test/support/number.options.js';
import { bearerOf } from '../support/bench.settings.js';
import { type BenchWorld, withGateways, withWorld } from '../support/bench.world.js';
import type { BenchGateway } from '../support/built.gateway.js';
import { closeLoad } from '../support/load.js';
import { Report } from '../support/report.js';
import { besideBackground } from './beside.background.js';
import { CONTENTION_CALLERS, contend } from './contention.js';
import { budgetFiguresOf } from './figures.js';
import { costsBetween, scriptCosts } from './redis.costs.js';

const options = orExit(() =>
  numberOptions({
    seconds: { min: 3, max: 3_600, default: 60 },
    gateways: { min: 1, max: 4, default: 4 },
  }),
);

/** Requests that call no vendor, for the cost of the limits towards callers. */
const PLAIN_REQUESTS = 300;

/** What a request costs Redis without a call to a vendor, in microseconds. */
async function limiterCost({ redis }: BenchWorld, [gateway]: readonly BenchGateway[]): Promise<number> {
  const before = await scriptCosts(redis);
  for (let sent = 0; sent < PLAIN_REQUESTS; sent += 1) {
    const headers = { authorization: bearerOf('first') };
    const response = await fetch(`${gateway?.url}/v1/operations?limit=1`, { headers });
    await response.arrayBuffer();
  }
  const { calls, microseconds } = costsBetween(before, await scriptCosts(redis));
  return microseconds / calls;
}

const report = new Report('bench:budget');
await withWorld(CONTENTION_CALLERS, async (world) => {
  for (const count of [1, 2, 4].filter((each) => each <= options.gateways)) {
    await withGateways(world, count, async (gateways) => {
      const limiterMicroseconds = await limiterCost(world, gateways);
      const contention = await contend(world, gateways, options.seconds);
      const scenario = `${count} gateway${count === 1 ? '' : 's'}`;
      budgetFiguresOf(scenario, contention, limiterMicroseconds).forEach((figure) => report.add(figure));
    });
  }
  await withGateways(world, 1, async (gateways) => {
    const figures = await besideBackground(world, gateways, options.seconds);
    figures.forEach((figure) => report.add(figure));
  });
});
await closeLoad();
process.exit(report.finish(join(tmpdir(), 'bench-budget.json'), options) ? 0 : 1);
