/**
 * `npm run bench:growth`: what grows with the ledger, with callers and with gateways. Ends with 1 when a target is missed.
 * `-- --operations 1000000 --callers 10000 --gateways 2 --seconds 5`: 10,000,000 operations take 15 GB of disk. 0 leaves a part out.
 */
import 'reflect-metadata';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { numberOptions, orExit } from '../../test/support/number.options.js';
import { withWorld } from '../support/bench.world.js';
import { closeLoad } from '../support/load.js';
import { Report } from '../support/report.js';
import { callerGrowth } from './caller.growth.js';
import { gatewayGrowth } from './gateway.growth.js';
import { ledgerGrowth } from './ledger.growth.js';
import { LIST_CALLERS } from './list.calls.js';
import { EXPLAINING } from './statement.plans.js';

const options = orExit(() =>
  numberOptions({
    operations: { min: 0, max: 100_000_000, default: 1_000_000 },
    callers: { min: 0, max: 10_000, default: 10_000 },
    gateways: { min: 0, max: 4, default: 2 },
    seconds: { min: 1, max: 600, default: 5 },
  }),
);

const report = new Report('bench:growth');
const add = report.add.bind(report);
if (options.operations > 0) {
  await withWorld(LIST_CALLERS, (world) => ledgerGrowth(world, options, add), {
    ...EXPLAINING,
    max_wal_size: '8GB',
  });
}
if (options.callers > 0) await callerGrowth(options, add);
if (options.gateways > 0)
  await withWorld(LIST_CALLERS, (world) => gatewayGrowth(world, options, add), EXPLAINING);
await closeLoad();
process.exit(report.finish(join(tmpdir(), 'bench-growth.json'), options) ? 0 : 1);
