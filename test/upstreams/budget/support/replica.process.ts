import type { BudgetLimits } from '../../../../src/upstreams/budget/budget.types.js';
import { redisReplica } from './redis.replicas.js';

/** A replica in a process of its own: takes all places, and keeps them until it is killed. */
const [url = '', account = '', json = ''] = process.argv.slice(2);
const limits = JSON.parse(json) as BudgetLimits;
const budget = redisReplica(url, 2).of(account, limits);
for (let call = 0; call < limits.places; call += 1) {
  await budget.acquire({
    caller: `caller${call}`,
    weight: 1,
    callClass: 'interactive',
    operation: `get${call}`,
    waitMs: 60_000,
  });
  process.stdout.write('held\n');
}
