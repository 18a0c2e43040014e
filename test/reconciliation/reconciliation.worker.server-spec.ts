import type { Secret } from '../../src/config/secrets/secret.js';
import { Reconciler } from '../../src/reconciliation/reconciler.js';
import { type OutcomeProbe, OutcomeProbes } from '../../src/reconciliation/outcome.probe.js';
import { ReconciliationWorker, WORKERS } from '../../src/reconciliation/reconciliation.worker.js';
import { ReconciliationLedger } from '../../src/reconciliation/reconciliation.ledger.js';
import { UnknownAttempts } from '../../src/ledger/queries/unknown.attempts.js';
import { PostgresSource } from '../../src/store/database/database.source.js';
import { JobQueue } from '../../src/store/jobs/job.queue.js';
import { QUICK_EVIDENCE } from '../support/quick.evidence.js';
import { aWrite, LedgerParts, running, TEST_KINDS } from '../ledger/support/ledger.parts.js';
import { OutageProxy } from '../ledger/support/outage.proxy.js';
import { PostgresSchema } from '../ledger/support/postgres.schema.js';
import { until } from '../support/until.js';

/** A probe that finds every grant. Counts the probed operations, and the concurrent probes. */
class Upstream {
  readonly probes: string[] = [];
  atOnceMax = 0;
  #now = 0;

  probe(): OutcomeProbe {
    return {
      kinds: ['entitlement_grant'],
      accountOf: () => 'spid:test',
      probe: async ({ id }) => {
        this.probes.push(id);
        this.#now += 1;
        this.atOnceMax = Math.max(this.atOnceMax, this.#now);
        await new Promise((resolve) => setImmediate(resolve));
        this.#now -= 1;
        return { asked: 'GET entitlement', finding: { shows: 'executed', seen: { granted: true } } };
      },
    };
  }
}

/** The parts of a gateway that reconcile unknown operations. */
class Replica {
  readonly queue: JobQueue;
  readonly worker: ReconciliationWorker;

  constructor(
    readonly parts: LedgerParts,
    upstream: Upstream,
  ) {
    const { database, queries, evidence, decisions, time } = parts;
    const operations = new ReconciliationLedger(queries, evidence, decisions, TEST_KINDS);
    const probes = new OutcomeProbes();
    probes.add(upstream.probe());
    this.queue = new JobQueue(database);
    const reconciler = new Reconciler(operations, probes, QUICK_EVIDENCE, time);
    const unknown = new UnknownAttempts(database);
    this.worker = new ReconciliationWorker(this.queue, unknown, reconciler, QUICK_EVIDENCE);
    this.worker.onModuleInit();
    this.queue.onApplicationBootstrap();
  }

  async close(): Promise<void> {
    await this.queue.beforeApplicationShutdown();
    await this.worker.onApplicationShutdown();
    await this.parts.close();
  }
}

async function lose(parts: LedgerParts, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const write = aWrite({ kind: 'entitlement_grant', idempotencyKey: `key-${i}-${Math.random()}` });
    const operation = running(await parts.ledger.begin(write));
    await parts.ledger.unknown(operation);
    ids.push(operation.id);
  }
  return ids;
}

describe('ReconciliationWorker', () => {
  let schema: PostgresSchema;
  let replicas: Replica[] = [];

  beforeEach(async () => {
    schema = await PostgresSchema.create();
  });

  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    replicas = [];
    await schema.drop();
  });

  async function open(url: Secret, upstream: Upstream): Promise<Replica> {
    const replica = new Replica(await LedgerParts.open(new PostgresSource(url)), upstream);
    replicas.push(replica);
    return replica;
  }

  async function resolved(parts: LedgerParts): Promise<number> {
    const { items } = await parts.queries.list({ tenant: null, states: ['succeeded'], limit: 100 });
    return items.filter(({ resolution }) => resolution?.basis === 'evidence').length;
  }

  it('probes each operation once on any replica, no more at a time than there are workers', async () => {
    const upstream = new Upstream();
    const [one] = await Promise.all([1, 2, 3].map(() => open(schema.url(), upstream)));
    const { parts } = one as Replica;
    const ids = await lose(parts, 40);
    await until('all are decided', async () => (await resolved(parts)) === 40);
    expect(upstream.probes.toSorted()).toEqual(ids.toSorted());
    // The queue counts active jobs of a tenant without a lock: workers that fetch at the same moment may each take one.
    expect(upstream.atOnceMax).toBeLessThanOrEqual(3 * WORKERS);
    const { items } = await parts.queries.list({ tenant: null, limit: 100 });
    expect(items.map(({ evidence }) => evidence.length)).toEqual(Array(40).fill(1));
  });

  it('starts before its database, and continues after an outage', async () => {
    const proxy = await OutageProxy.start(schema.host, schema.port);
    await proxy.set('down');
    const upstream = new Upstream();
    const { parts } = await open(schema.url({ port: String(proxy.port) }), upstream);
    expect(parts.database.state.status).toBe('down');
    await proxy.set('up');
    await until('the database is ready', () => parts.database.state.status === 'ready');
    await lose(parts, 1);
    await until('it is decided', async () => (await resolved(parts)) === 1);
    proxy.cut();
    await proxy.set('down');
    await proxy.set('up');
    await until('the ledger takes writes', () =>
      lose(parts, 1).then(
        () => true,
        () => false,
      ),
    );
    await until('it is decided too', async () => (await resolved(parts)) >= 2);
    await Promise.all(replicas.map((replica) => replica.close()));
    replicas = [];
    await proxy.close();
  });

  it('keeps its jobs apart from those of another ledger in the same database', async () => {
    const upstream = new Upstream();
    const { parts } = await open(schema.url(), upstream);
    await lose(parts, 1);
    await until('it is decided', async () => (await resolved(parts)) === 1);
    expect(await schema.query(`select count(*)::int as jobs from ${schema.name}_jobs.job`)).toEqual([
      { jobs: 1 },
    ]);
  });
});
