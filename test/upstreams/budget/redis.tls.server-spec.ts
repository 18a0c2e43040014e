import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { accountKeyOf } from '../../../src/upstreams/budget/budget.script.js';
import type { BudgetLimits } from '../../../src/upstreams/budget/budget.types.js';
import type { UpstreamBudgets } from '../../../src/upstreams/budget/upstream.budgets.js';
import { TestAuthority } from '../../support/network/certificates.js';
import { until } from '../../support/until.js';
import { CountingVendor } from './support/counting.vendor.js';
import { OwnRedisCluster } from './support/own.redis.cluster.js';
import { redisReplica, ReplicaLoad } from './support/redis.replicas.js';

const WINDOW_MS = 500;
const LIMITS: BudgetLimits = { rate: { calls: 10, windowMs: WINDOW_MS }, places: 6, attemptMs: 5_000 };

describe('two replicas at a Redis Cluster with TLS', () => {
  const authorities = getCACertificates('default');
  const replicas: UpstreamBudgets[] = [];
  const loads: ReplicaLoad[] = [];
  let cluster: OwnRedisCluster;

  beforeAll(async () => {
    const authority = new TestAuthority();
    setDefaultCACertificates([...authorities, authority.certificate]);
    cluster = await OwnRedisCluster.start(authority);
  });

  afterEach(async () => {
    await Promise.all(loads.splice(0).map((load) => load.stop()));
    await Promise.all(replicas.splice(0).map((each) => each.onApplicationShutdown()));
  });

  afterAll(async () => {
    setDefaultCACertificates(authorities);
    await cluster.kill();
  });

  it('keep the limits of accounts at each master together', async () => {
    replicas.push(...cluster.tlsUrls.slice(0, 2).map((url) => redisReplica(url, 2)));
    const vendors = await Promise.all(
      cluster.masters.map(async (master, at) => {
        const nameOf = (number: number) => `tls${at}:${number}`;
        const name = nameOf(await cluster.keyAt(master, (number) => accountKeyOf(nameOf(number))));
        const vendor = new CountingVendor();
        loads.push(...replicas.map((budgets) => new ReplicaLoad(budgets, vendor, name, LIMITS).start(8)));
        return vendor;
      }),
    );
    await until('all are served', () => loads.every(({ served }) => served > 10));
    for (const { budget } of loads) expect(budget.snapshot().mode).toBe('shared');
    for (const vendor of vendors) {
      expect(vendor.mostIn(WINDOW_MS)).toBeLessThanOrEqual(10);
      expect(vendor.atOnceMax).toBeLessThanOrEqual(6);
    }
  });
});
