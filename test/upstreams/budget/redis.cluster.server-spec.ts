import { randomUUID } from 'node:crypto';
import { Clock } from '../../../src/config/clock.js';
import { Secret } from '../../../src/config/secrets/secret.js';
import { MemoryState } from '../../../src/store/state/memory.state.js';
import { RedisLink } from '../../../src/store/state/redis.link.js';
import { RedisState } from '../../../src/store/state/redis.state.js';
import { accountKeyOf } from '../../../src/upstreams/budget/budget.script.js';
import type { BudgetLimits } from '../../../src/upstreams/budget/budget.types.js';
import type { UpstreamBudgets } from '../../../src/upstreams/budget/upstream.budgets.js';
import { until } from '../../support/until.js';
import { CountingVendor } from './support/counting.vendor.js';
import type { OwnRedis } from './support/own.redis.js';
import { OwnRedisCluster } from './support/own.redis.cluster.js';
import { redisReplica, ReplicaLoad } from './support/redis.replicas.js';

const WINDOW_MS = 500;
const LIMITS: BudgetLimits = { rate: { calls: 10, windowMs: WINDOW_MS }, places: 6, attemptMs: 5_000 };

/** A machine that is busy with other tests replies late; what happens after a silence has a test of its own. */
const PATIENCE_MS = 2_000;

/** An account whose state is at one master, and its vendor. */
interface Account {
  readonly name: string;
  readonly vendor: CountingVendor;
  readonly loads: readonly ReplicaLoad[];
}

describe('two replicas at a Redis Cluster of three masters', () => {
  let cluster: OwnRedisCluster;
  const replicas: UpstreamBudgets[] = [];
  const accounts: Account[] = [];
  const links: RedisLink[] = [];

  beforeAll(async () => {
    cluster = await OwnRedisCluster.start();
  });

  afterAll(() => cluster.kill());

  afterEach(async () => {
    await Promise.all(loads().map((load) => load.stop()));
    await Promise.all(replicas.splice(0).map((each) => each.onApplicationShutdown()));
    for (const link of links.splice(0)) link.close();
    accounts.length = 0;
  });

  const loads = () => accounts.flatMap((account) => account.loads);
  const modes = ({ loads: all }: Account) => all.map(({ budget }) => budget.snapshot().mode);

  /** Each replica has the URL of another master, and calls for an account at each. */
  async function start(purpose: string): Promise<void> {
    const [one, other] = cluster.masters as [OwnRedis, OwnRedis];
    replicas.push(redisReplica(one.url, 2), redisReplica(other.url, 2));
    for (const master of cluster.masters) {
      const nameOf = (number: number) => `${purpose}:${number}`;
      const name = nameOf(await cluster.keyAt(master, (number) => accountKeyOf(nameOf(number))));
      const vendor = new CountingVendor();
      const made = replicas.map((budgets) => new ReplicaLoad(budgets, vendor, name, LIMITS).start(8));
      accounts.push({ name, vendor, loads: made });
    }
  }

  /** Calls of both replicas that the shared store has granted from now on. */
  async function untilShared(account: Account, calls: number): Promise<void> {
    await until('both are shared', () => modes(account).every((mode) => mode === 'shared'));
    const before = account.loads.map(({ served }) => served);
    await until('both are served', () =>
      account.loads.every(({ served }, index) => served >= before[index]! + calls),
    );
  }

  function expectWithinLimits(): void {
    for (const { vendor } of accounts) {
      expect(vendor.mostIn(WINDOW_MS)).toBeLessThanOrEqual(10);
      expect(vendor.atOnceMax).toBeLessThanOrEqual(6);
    }
  }

  async function quotas(url: string): Promise<RedisState> {
    const clock = new Clock();
    const link = new RedisLink(new Secret(url), clock, PATIENCE_MS);
    links.push(link);
    await link.firstConnection();
    return new RedisState(link, new MemoryState(clock));
  }

  it('keep the limits of accounts at each master together', async () => {
    await start('together');
    await Promise.all(accounts.map((account) => untilShared(account, 10)));
    expectWithinLimits();
    for (const { name } of accounts) {
      const master = await cluster.masterOf(accountKeyOf(name));
      expect(await master.run((redis) => redis.exists(accountKeyOf(name)))).toBe(1);
    }
  });

  it('count requests of callers exactly, at each master', async () => {
    const states = await Promise.all(cluster.masters.map(({ url }) => quotas(url)));
    const limits = [
      { name: 'minute', requests: 20, windowMs: 60_000, burst: 0 },
      { name: 'hour', requests: 40, windowMs: 3_600_000, burst: 0 },
    ];
    for (const master of cluster.masters) {
      const id = randomUUID();
      const number = await cluster.keyAt(master, (each) => `{test:${id}${each}}`);
      const takings = await Promise.all(
        Array.from({ length: 120 }, (_, at) => states[at % 3]!.take('test', `${id}${number}`, limits)),
      );
      expect(takings.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(20);
      expect(await master.run((redis) => redis.keys(`*${id}${number}*`))).toHaveLength(2);
    }
  });

  it('go on where a slot moves to another master', async () => {
    await start('moved');
    const account = accounts[0]!;
    const state = await quotas(cluster.masters[1]!.url);
    const limits = [{ name: 'all', requests: 100, windowMs: 3_600_000, burst: 0 }];
    const taken = async () => 100 - (await state.take('test', 'moved', limits)).states[0]!.remaining;
    expect(await taken()).toBe(1);
    const from = await cluster.masterOf('{test:moved}');
    const to = cluster.masters.find((master) => master !== from)!;
    await untilShared(account, 3);
    await cluster.moveSlotOf('{test:moved}', to, async () => expect(await taken()).toBe(2));
    expect(await taken()).toBe(3);
    await cluster.moveSlotOf(accountKeyOf(account.name), cluster.masters[1]!, () => untilShared(account, 1));
    await untilShared(account, 5);
    expectWithinLimits();
    for (const each of accounts) expect(modes(each)).toEqual(['shared', 'shared']);
  });

  it('count by themselves when a master hangs, go on at the others, and together again at its replica', async () => {
    await start('hung');
    const [hung, ...others] = accounts as [Account, ...Account[]];
    const [master] = cluster.masters as [OwnRedis];
    await Promise.all(accounts.map((account) => untilShared(account, 3)));
    master.freeze();
    try {
      await until('both count by themselves', () => modes(hung).every((mode) => mode === 'degraded'));
      await Promise.all(others.map((account) => untilShared(account, 3)));
      await untilShared(hung, 5);
    } finally {
      master.thaw();
    }
    await cluster.untilReplica(master);
    await Promise.all(accounts.map((account) => untilShared(account, 3)));
    await cluster.makeMaster(master);
    await Promise.all(accounts.map((account) => untilShared(account, 3)));
    expectWithinLimits();
  });

  it('count by themselves while a master without a replica hangs, and together again afterwards', async () => {
    await start('alone');
    const hung = accounts[1]!;
    const master = cluster.masters[1]!;
    await Promise.all(accounts.map((account) => untilShared(account, 3)));
    const state = await quotas(cluster.masters[0]!.url);
    const number = await cluster.keyAt(master, (each) => `{test:hung${each}}`);
    const isDegraded = async () => {
      await state.take('test', `hung${number}`, [{ name: 'all', requests: 1, windowMs: 1, burst: 0 }]);
      return state.isDegraded;
    };
    expect(await isDegraded()).toBe(false);
    master.freeze();
    try {
      await until('both count by themselves', () => modes(hung).every((mode) => mode === 'degraded'));
      const before = hung.vendor.arrivals.length;
      await until('requests of callers too', isDegraded);
      await until('calls without it', () => hung.vendor.arrivals.length > before + 10);
    } finally {
      master.thaw();
    }
    await until('requests of callers are counted there again', async () => !(await isDegraded()));
    await Promise.all(accounts.map((account) => untilShared(account, 3)));
    expectWithinLimits();
  });

  it('count by themselves when a master dies, and together again at its replica', async () => {
    await start('died');
    const state = await quotas(cluster.masters[0]!.url);
    const quota = { name: 'all', requests: 1_000_000, windowMs: 3_600_000, burst: 0 };
    const number = await cluster.keyAt(cluster.masters[0]!, (each) => `{test:${each}}`);
    const taken = async () => {
      const { states } = await state.take('test', String(number), [quota]);
      return quota.requests - states[0]!.remaining;
    };
    for (let each = 1; each <= 50; each += 1) expect(await taken()).toBe(each);
    const [died, ...others] = accounts as [Account, ...Account[]];
    await Promise.all(accounts.map((account) => untilShared(account, 3)));
    await cluster.masters[0]!.kill();
    await until('both count by themselves', () => modes(died).every((mode) => mode === 'degraded'));
    expect(await taken()).toBeLessThan(50);
    await untilShared(died, 5);
    expect(await cluster.replica.run((redis) => redis.exists(accountKeyOf(died.name)))).toBe(1);
    await until('requests are counted at the replica', async () => (await taken()) > 50);
    await Promise.all(others.map((account) => untilShared(account, 1)));
    expectWithinLimits();
  });
});
