import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  type LogEvent,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import { Pool } from 'pg';
import { countOpenOperations } from '../../src/ledger/queries/open.operations.js';
import { countUnknown } from '../../src/ledger/queries/operation.summary.js';
import type { OperationFilter } from '../../src/ledger/queries/operation.listing.js';
import { scanOperations } from '../../src/ledger/queries/operation.listing.js';
import type { SettingsSource } from '../../src/config/settings/settings.source.js';
import { CompetingOperations } from '../../src/reconciliation/competing.operations.js';
import type { Database } from '../../src/store/database/database.js';
import { PostgresSource } from '../../src/store/database/database.source.js';
import type { Schema } from '../../src/store/schema/schema.js';
import { fillLedger, generatedOperations } from './support/large.ledger.js';
import { LedgerParts, TEST_KINDS } from './support/ledger.parts.js';
import { PostgresSchema } from './support/postgres.schema.js';

const ROWS = 1_000_000;
const PAGE = 51;

/**
 * Index entries, rows and 8 kB pages read for one page at most; some milliseconds. Independent of the table size, so
 * they hold for ten million rows as well.
 */
const READ_ROWS_MAX = 5_000;
const BUFFERS_MAX = 2_500;

/** Time limit for most pages: the machine does other work too. */
const PAGE_MS_MAX = 5;

const START_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 1_000;

const GENERATE = generatedOperations({ rows: ROWS, startMs: START_MS, stepMs: STEP_MS, tenant: 'big' });

/** What an outage left: four groups of 5,000. */
const LOST = 20_000;
const LOSE = `
  insert into operations (id, claim, tenant, caller, kind, key_in_force, fingerprint, state, request, owner, awaits, created_at, sent_at)
  select gen_random_uuid(), gen_random_uuid(), 'lost', 'shop', case when i % 2 = 0 then 'voucher_handout' else 'token_import' end,
    false, 'f', 'unknown', '{}', 'test', case when i % 4 < 2 then 'person' end, now(), now()
  from generate_series(1, ${LOST}) as i`;

const FILTERS: Record<string, Partial<OperationFilter>> = {
  'caller shop': { caller: 'shop' },
  'caller crm': { caller: 'crm' },
  'caller audit': { caller: 'audit' },
  succeeded: { states: ['succeeded'] },
  failed: { states: ['failed'] },
  unknown: { states: ['unknown'] },
  running: { states: ['claimed', 'sent'] },
  'a common kind': { kind: 'voucher_handout' },
  'a rare kind': { kind: 'token_import' },
  'a kind that is not there': { kind: 'migration_payment_accept' },
  'awaits a person': { awaits: 'person' },
  'recommends executed': { recommendation: 'executed' },
  'a user': { userId: '4711' },
  'a large group': { voucherGroupId: '1' },
  'a small group': { voucherGroupId: '5' },
  'a username': { destinationUsername: ' uSER199@example.test' },
  'both tenants': { tenant: ['big', 'small'] },
  'the beginning of an id': { idPrefix: '019b94a8' },
  'restricted products': { resources: { products: ['1000', '2*'] } },
  'restricted to nothing': { resources: { products: [], voucherGroups: [], tokenNames: [] } },
  'from a day': { from: new Date(START_MS + 5 * 86_400_000) },
  // As far as the clocks of processes may err around a moment: 1,200 operations.
  'of twenty minutes': {
    from: new Date(START_MS + 5 * 86_400_000),
    to: new Date(START_MS + 5 * 86_400_000),
  },
  'up to a day': { to: new Date(START_MS + 5 * 86_400_000) },
};

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Plan[];
}

interface Explained {
  readonly Plan: Plan;
  readonly 'Execution Time': number;
}

describe('the list of a million operations', () => {
  let schema: PostgresSchema;
  let parts: LedgerParts;
  let db: Kysely<Schema>;
  /** Compiles queries without running them. */
  let compiler: Kysely<Schema>;
  let last: CompiledQuery | undefined;

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    parts = await LedgerParts.open(new PostgresSource(schema.url()));
    await fillLedger((text) => schema.query(text), GENERATE);
    const dialect = new PostgresDialect({
      pool: new Pool({ connectionString: schema.url().reveal(), max: 1 }),
    });
    const log = ({ query }: LogEvent): void => {
      last = query;
    };
    db = new Kysely<Schema>({ dialect });
    compiler = new Kysely<Schema>({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (of) => new PostgresIntrospector(of),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
      log,
    });
  }, 300_000);

  afterAll(async () => {
    await db?.destroy();
    await parts?.close();
    await schema?.drop();
  });

  async function planOf(filter: OperationFilter, before?: string): Promise<Plan & { ms: number }> {
    await scanOperations(compiler, filter, { before, count: PAGE });
    return planOfLast();
  }

  async function planOfLast(): Promise<Plan & { ms: number }> {
    const query = last as CompiledQuery;
    const explain = `explain (analyze, buffers, timing off, format json) ${query.sql}`;
    const { rows } = await db.executeQuery<{ 'QUERY PLAN': Explained[] }>({ ...query, sql: explain });
    const [explained] = rows[0]?.['QUERY PLAN'] ?? [];
    if (!explained) throw new Error('PostgreSQL explained nothing');
    return { ...explained.Plan, ms: explained['Execution Time'] };
  }

  function nodesOf(plan: Plan): Plan[] {
    return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
  }

  function costOf(plan: Plan & { ms: number }) {
    const nodes = nodesOf(plan);
    const read = nodes
      .filter((node) => node['Relation Name'] === 'operations' || node['Node Type'].startsWith('Index'))
      .reduce(
        (sum, node) =>
          sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
        0,
      );
    return {
      whole: nodes.filter(
        (node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'operations',
      ).length,
      rows: read,
      buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
      ms: plan.ms,
    };
  }

  function filterOf(tenant: string, each: readonly string[]): OperationFilter {
    return Object.assign({ tenant }, ...each.map((name) => FILTERS[name])) as OperationFilter;
  }

  const middle = (lastId: number) =>
    `${Math.floor(START_MS + lastId * STEP_MS)
      .toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})(.{4})$/, '$1-$2')}-7000-8000-000000000000`;

  const names = Object.keys(FILTERS);
  const combinations = [[], ...names.map((name) => [name])].concat(
    names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b])),
    names.filter((name) => name !== 'succeeded').map((name) => ['caller shop', 'failed', name]),
  );

  it('counts unfinished operations for the metrics from two small indexes', async () => {
    await countOpenOperations(compiler);
    const { whole, rows, ms } = costOf(await planOfLast());
    expect({ whole, rows: rows <= READ_ROWS_MAX, ms: ms <= 10 * PAGE_MS_MAX ? 'quick' : ms }).toEqual({
      whole: 0,
      rows: true,
      ms: 'quick',
    });
  });

  it('counts no more unknown operations for the summary after an outage than it returns', async () => {
    await schema.query(LOSE);
    try {
      for (const caller of [{}, { caller: 'shop' }]) {
        await countUnknown(compiler, { tenants: ['small', 'lost', 'none'], resources: {}, ...caller });
        const { whole, rows, buffers } = costOf(await planOfLast());
        expect([whole, rows <= READ_ROWS_MAX, buffers <= BUFFERS_MAX]).toEqual([0, true, true]);
      }
    } finally {
      await schema.query(`delete from operations where tenant = 'lost'`);
    }
  });

  it('reads at most some thousand entries of one index per page with any filters, in less than 5 ms', async () => {
    const tooMuch: unknown[] = [];
    const times: number[] = [];
    for (const each of combinations) {
      for (const before of [undefined, middle(ROWS / 2)]) {
        const cost = costOf(await planOf(filterOf('big', each), before));
        times.push(cost.ms);
        if (cost.whole > 0 || cost.rows > READ_ROWS_MAX || cost.buffers > BUFFERS_MAX)
          tooMuch.push({ each, before, ...cost });
      }
    }
    expect(tooMuch).toEqual([]);
    expect(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]).toBeLessThan(PAGE_MS_MAX);
  });

  it.each([
    [[]],
    [['caller shop']],
    [['caller audit']],
    [['succeeded']],
    [['failed']],
    [['unknown']],
    [['a common kind']],
    [['a rare kind']],
    [['a common kind', 'failed']],
    [['caller audit', 'a common kind']],
    [['caller shop', 'failed']],
    [['caller crm', 'a common kind', 'failed']],
    [['a user']],
    [['a large group']],
    [['a large group', 'a common kind', 'failed']],
    [['a username']],
    [['both tenants']],
    [['both tenants', 'a common kind', 'failed']],
    [['both tenants', 'the beginning of an id']],
    [['awaits a person']],
    [['awaits a person', 'recommends executed', 'a common kind', 'caller crm']],
  ])('reads one index no further than the page for %j', async (each) => {
    const { rows, lastRead } = await scanOperations(db, filterOf('big', each), {
      before: middle(ROWS / 2),
      count: PAGE,
    });
    // A full page, or the last one.
    expect(rows.length === PAGE || lastRead === null).toBe(true);
  });

  it.each([
    ['big', ['caller shop', 'a user']],
    ['big', ['a username', 'succeeded']],
    ['big', ['a username']],
    ['small', ['a large group', 'failed']],
    ['small', ['caller crm', 'failed']],
    ['small', ['restricted to nothing']],
    ['small', ['restricted products']],
    ['small', ['restricted products', 'failed', 'up to a day']],
    ['small', ['caller shop', 'from a day', 'awaits a person']],
    ['small', ['recommends executed', 'a common kind']],
    ['small', ['running']],
    ['big', ['both tenants', 'a username']],
    ['small', ['both tenants', 'running']],
    ['big', ['the beginning of an id', 'a common kind']],
  ])('returns every match of tenant %s, in order, for %j', async (tenant, each) => {
    const filter = filterOf(tenant, each);
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await parts.queries.list({ ...filter, limit: 100, ...(cursor ? { cursor } : {}) });
      listed.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    const all = await matching(filter);
    expect(all.length).toBeGreaterThan(0);
    expect(listed).toEqual(all);
  });

  it.each([
    ['newest', 'the number of its user'],
    ['oldest', 'the number of its user'],
    ['newest', '0f8b6c1e-5a43-4d6b-9a52-6e6f5d1c2b7a'],
    ['oldest', '0f8b6c1e-5a43-4d6b-9a52-6e6f5d1c2b7a'],
  ])(
    'reads some thousand entries to find what may have acted on the %s unknown right of %s',
    async (which, userId) => {
      const source = { current: { tenants: new Map([['big', {}]]) } } as unknown as SettingsSource;
      const database = {
        run: (work: (db: Kysely<Schema>) => unknown) => work(compiler),
      } as unknown as Database;
      const competing = new CompetingOperations(database, source, TEST_KINDS);
      const [row] = await schema.query(
        `select id from operations where tenant = 'big' and kind = 'entitlement_grant' and state = 'unknown'
       order by id ${which === 'oldest' ? 'asc' : 'desc'} limit 1`,
      );
      const operation = await parts.queries.find('big', row.id);
      if (!operation) throw new Error('none is unknown');
      const subject = { ...operation.subject, ...(userId.includes('-') && { userId }) };
      await competing.onEntitlement({ ...operation, subject });
      const cost = costOf(await planOfLast());
      expect([cost.whole, cost.rows <= READ_ROWS_MAX, cost.buffers <= BUFFERS_MAX]).toEqual([0, true, true]);
    },
  );

  describe('whose indexes are as high as those of three million, and that was not vacuumed', () => {
    beforeAll(async () => {
      for (const each of ['operations_by_caller', 'operations_by_kind']) {
        await schema.query(`alter index ${each} set (fillfactor = 30)`);
        await schema.query(`reindex index ${each}`);
      }
      await schema.query(`update pg_class set relallvisible = 0 where oid = 'operations'::regclass`);
    });

    it.each([['caller shop'], ['caller audit'], ['both tenants', 'caller shop']])(
      'reads no more of a short time than the page needs, for %s',
      async (...each) => {
        const { rows } = costOf(await planOf(filterOf('big', [...each, 'of twenty minutes'])));
        expect(rows).toBeLessThanOrEqual(READ_ROWS_MAX);
      },
    );
  });

  /** The same rows by one simple query. */
  async function matching(filter: OperationFilter): Promise<string[]> {
    const conditions = [
      sql`tenant = any(${[filter.tenant].flat()}::text[])`,
      ...(filter.idPrefix ? [sql`id::text like ${`${filter.idPrefix}%`}`] : []),
      ...(filter.caller ? [sql`caller = ${filter.caller}`] : []),
      ...(filter.states ? [sql`state = any(${filter.states}::text[])`] : []),
      ...(filter.awaits ? [sql`awaits = ${filter.awaits}`] : []),
      ...(filter.recommendation ? [sql`recommendation = ${filter.recommendation}`] : []),
      ...(filter.kind ? [sql`kind = ${filter.kind}`] : []),
      ...(filter.userId ? [sql`user_id = ${filter.userId}`] : []),
      ...(filter.voucherGroupId ? [sql`voucher_group_id = ${filter.voucherGroupId}`] : []),
      ...(filter.destinationUsername ? [sql`lower(destination_username) = 'user199@example.test'`] : []),
      ...(filter.from ? [sql`created_at >= ${filter.from}`] : []),
      ...(filter.to ? [sql`created_at < ${filter.to}`] : []),
      ...(filter.resources?.products?.length
        ? [sql`(product_id is null or product_id = '1000' or product_id like '2%')`]
        : []),
      ...(filter.resources?.voucherGroups
        ? [sql`product_id is null and voucher_group_id is null and kind <> 'token_import'`]
        : []),
    ];
    const query = sql<{
      id: string;
    }>`select id from operations where ${sql.join(conditions, sql` and `)} order by id desc`;
    return (await query.execute(db)).rows.map(({ id }) => id);
  }
});
