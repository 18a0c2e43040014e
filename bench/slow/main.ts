/**
 * `npm run bench:slow`: what callers get from a vendor with a latency of 2 s, and from one that hangs. Ends with 1 when a target
 * is missed. `-- --seconds 10 --writes 200`: seconds of each quiet and hanging part, and the most writes at a time.
 */
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { numberOptions, orExit } from '../../test/support/number.options.js';
import { withGateways, withWorld } from '../support/bench.world.js';
import { closeLoad, quantile } from '../support/load.js';
import { atMost, Report } from '../support/report.js';
import { hangingVendor } from './hanging.vendor.js';
import { READER, readsFor, slowWrites, WRITER } from './slow.writes.js';

const WRITES = [40, 100, 200] as const;

/** How much slower than alone the fast reads may be. */
const SLOWER_MAX = 3;

const options = orExit(() =>
  numberOptions({
    seconds: { min: 3, max: 600, default: 10 },
    writes: { min: 40, max: 200, default: 200 },
  }),
);

const report = new Report('bench:slow');
await withWorld([READER, WRITER], (world) =>
  withGateways(world, 1, async ([gateway]) => {
    const url = gateway?.url ?? '';
    await readsFor(url, 3);
    const quiet = await readsFor(url, options.seconds);
    const quietMs = quantile(
      quiet.map(({ ms }) => ms),
      0.99,
    );
    report.add({ scenario: 'quiet', measure: 'fast reads: p99', value: quietMs, unit: 'ms' });
    for (const count of WRITES.filter((each) => each <= options.writes)) {
      const scenario = `${count} writes of 2 s`;
      const { writes, reads } = await slowWrites(world, url, count);
      const written = (status: number) => writes.filter((each) => each.status === status).length;
      const unknown = writes.filter(({ status, problem }) => status === 0 || problem === 'outcome-unknown');
      const readMs = quantile(
        reads.map(({ ms }) => ms),
        0.99,
      );
      const failed = reads.filter(({ status }) => status !== 200).length;
      const figure = (measure: string, value: number, unit: string) => ({ scenario, measure, value, unit });
      report.add({ ...figure('writes with an unknown outcome', unknown.length, ''), target: atMost(0) });
      report.add(figure('writes executed', written(201), ''));
      report.add(figure('writes refused, not executed (503)', written(503), ''));
      report.add({ ...figure('fast reads beside: failed', failed, ''), target: atMost(0) });
      report.add(figure('fast reads beside: p99', readMs, 'ms'));
      report.add({
        ...figure('fast reads beside: p99 against quiet', readMs / quietMs, 'times'),
        target: atMost(SLOWER_MAX),
      });
    }
    for (const figure of await hangingVendor(world, url, options.seconds)) report.add(figure);
  }),
);
await closeLoad();
process.exit(report.finish(join(tmpdir(), 'bench-slow.json'), options) ? 0 : 1);
