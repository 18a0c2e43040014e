/**
 * `npm run bench:slow`: what callers get from a vendor with a latency of 2 s, and from one that hangs. Ends with 1 when a target
 * is missed. `-- --seconds 10 --writes 200`: seconds of each quiet and hanging part, and the most writes at a time.
 */
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { numberOptions, orExit } from '../../test/support/number.options.js';
import { withGateways, withWorld } from '../support/bench.world.js';
import { closeLoad, quantile, type Response } from '../support/load.js';
import { atMost, Report } from '../support/report.js';
import { bareRead } from './bare.server.js';
import { hangingVendor } from './hanging.vendor.js';
import { READER, readOf, readsFor, slowWrites, type SlowWrites, WRITER } from './slow.writes.js';

const WRITES = [40, 100, 200] as const;

/** Of each number of writes: in one alone, three reads that meet a pause of the machine are the p99. */
const BURSTS = 5;

/** How much slower than alone the fast reads may be. */
const SLOWER_MAX = 3;

const p99 = (responses: readonly Response[]) =>
  quantile(
    responses.map(({ ms }) => ms),
    0.99,
  );

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
    const ofGateway = readOf(url);
    const ofBare = await bareRead(world, READER.name);
    const both = [ofGateway, ofBare];
    await Promise.all(both.map((read) => readsFor(read, 3)));
    const [quietMs, quietBareMs] = (
      await Promise.all(both.map((read) => readsFor(read, options.seconds)))
    ).map(p99) as [number, number];
    report.add({ scenario: 'quiet', measure: 'fast reads: p99', value: quietMs, unit: 'ms' });
    report.add({ scenario: 'quiet', measure: 'bare node:http: p99', value: quietBareMs, unit: 'ms' });
    // The way of a write is compiled in the first burst after a start.
    await slowWrites(world, url, { count: options.writes, reads: both });
    for (const count of WRITES.filter((each) => each <= options.writes)) {
      const scenario = `${count} writes of 2 s`;
      const bursts: SlowWrites[] = [];
      for (let burst = 0; burst < BURSTS; burst += 1) {
        bursts.push(await slowWrites(world, url, { count, reads: both }));
      }
      const writes = bursts.flatMap((burst) => burst.writes);
      const [reads = [], bareReads = []] = both.map((_, at) =>
        bursts.flatMap(({ beside }) => beside[at] ?? []),
      );
      const written = (status: number) => writes.filter((each) => each.status === status).length;
      const unknown = writes.filter(({ status, problem }) => status === 0 || problem === 'outcome-unknown');
      const failed = reads.filter(({ status }) => status !== 200).length;
      const figure = (measure: string, value: number, unit: string) => ({ scenario, measure, value, unit });
      report.add({ ...figure('writes with an unknown outcome', unknown.length, ''), target: atMost(0) });
      report.add(figure('writes executed', written(201), ''));
      report.add(figure('writes refused, not executed (503)', written(503), ''));
      report.add({ ...figure('fast reads beside: failed', failed, ''), target: atMost(0) });
      report.add(figure('fast reads beside: p99', p99(reads), 'ms'));
      report.add({
        ...figure('fast reads beside: p99 against quiet', p99(reads) / quietMs, 'times'),
        target: atMost(SLOWER_MAX),
      });
      report.add(figure('bare node:http beside: p99 against quiet', p99(bareReads) / quietBareMs, 'times'));
    }
    for (const each of await hangingVendor(world, { url, bare: ofBare }, options.seconds)) report.add(each);
  }),
);
await closeLoad();
process.exit(report.finish(join(tmpdir(), 'bench-slow.json'), options) ? 0 : 1);
