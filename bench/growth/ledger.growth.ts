import { fillLedger, generatedOperations } from '../../test/ledger/support/large.ledger.js';
import { TENANT } from '../support/bench.settings.js';
import { type BenchWorld, withGateways } from '../support/bench.world.js';
import { closedLoop, quantile, send } from '../support/load.js';
import { atLeast, atMost, type Figure } from '../support/report.js';
import { LedgerCalls, right } from './ledger.calls.js';
import { unknownOfKinds, upkeep } from './ledger.upkeep.js';
import { DECIDES, listCalls, SHOP } from './list.calls.js';
import { explain, type StatementPlan } from './statement.plans.js';

const DAY_MS = 24 * 60 * 60_000;

/** Of operations and their keys by default; the oldest rows are beyond the first. */
const KEPT_DAYS = { operations: 400, keys: 30 } as const;
const LEDGER_DAYS = 420;

/** Few, so that most users have a right to each. */
const PRODUCTS = 2;

const CLIENTS = 32;

/** Index entries and rows for a page, a batch or a finding: does not grow with the ledger. */
const ROWS_READ_MAX = 5_000;

/** A batch that forgets 500 keys writes each row to all indexes, of some pages each. */
const PAGES_READ_MAX = 25_000;

/** Of the longest statement of the background, so that others are not delayed. */
const BACKGROUND_MS_MAX = 500;

/** Of the writes a second into an empty ledger. */
const WRITES_SHARE_MIN = 0.7;

/** Larger than any page or batch; a smaller table may be read whole. */
const SMALL_TABLE_ROWS = 2_000;

const SHOWN_PLANS = 8;

interface Growing {
  readonly world: BenchWorld;
  readonly url: string;
  readonly calls: LedgerCalls;
  readonly operations: number;
  readonly seconds: number;
}

/** One gateway on an empty ledger, and then on one of so many operations. */
export async function ledgerGrowth(
  world: BenchWorld,
  { operations, seconds }: Pick<Growing, 'operations' | 'seconds'>,
  add: (figure: Figure) => void,
): Promise<void> {
  await withGateways(world, 1, async ([gateway]) => {
    const calls = await LedgerCalls.prepare(world);
    const growing = { world, url: gateway?.url ?? '', calls, operations, seconds };
    const addAll = (figures: readonly Measured[]) =>
      figures.forEach((each) => add({ scenario: `${operations.toLocaleString('en')} operations`, ...each }));
    await writes(growing);
    const empty = await writes(growing);
    addAll([{ measure: 'time to generate them', value: (await fill(growing)) / 1_000, unit: 's' }]);
    addAll(writeFigures(empty, await writes(growing), seconds));
    addAll(await lists(growing));
    addAll(await statements(growing));
  });
}

type WriteTimes = Readonly<Record<'handouts' | 'grants', readonly number[]>>;

async function writes({ url, calls, seconds }: Growing): Promise<WriteTimes> {
  const load = { clients: CLIENTS, seconds };
  const handouts = await closedLoop(load, () => right(calls.handout(url), 201));
  // Two writes on one thing at a time are a conflict.
  const grants = await closedLoop(load, () => right(calls.grant(url), 200, 409));
  return { handouts, grants };
}

function writeFigures(empty: WriteTimes, grown: WriteTimes, seconds: number): Measured[] {
  return (['handouts', 'grants'] as const).flatMap((name) => {
    const times = grown[name];
    return [
      { measure: `${name}: rate`, value: times.length / seconds, unit: '/s' },
      { measure: `${name}: p99`, value: quantile(times, 0.99), unit: 'ms' },
      {
        measure: `${name}: rate against an empty ledger`,
        value: times.length / empty[name].length,
        unit: 'times',
        target: atLeast(WRITES_SHARE_MIN),
      },
    ];
  });
}

type Measured = Omit<Figure, 'scenario'>;

async function lists({ url }: Growing): Promise<Measured[]> {
  const times: { readonly ms: number; readonly name: string }[] = [];
  for (const { name, call } of listCalls(url)) {
    await right(call, 200);
    times.push({ name, ms: await right(call, 200) });
  }
  const sorted = times.toSorted((a, b) => b.ms - a.ms);
  return [
    {
      measure: `lists: median of ${times.length} filters`,
      value: quantile(
        times.map(({ ms }) => ms),
        0.5,
      ),
      unit: 'ms',
    },
    { measure: `lists: slowest (${sorted[0]?.name})`, value: sorted[0]?.ms, unit: 'ms' },
  ];
}

/** Once everything that reads or writes the ledger, and how the server does it. */
async function statements(growing: Growing): Promise<Measured[]> {
  const { world, url, calls } = growing;
  const foreground = await explain(world, async () => {
    for (let times = 0; times < 5; times += 1) {
      await right(calls.handout(url), 201);
      await right(calls.grant(url), 200, 409);
      await send({ ...calls.grant(url), method: 'DELETE' });
    }
    for (const { call } of listCalls(url)) await right(call, 200);
    await right({ url: `${url}/v1/operations/summary`, caller: DECIDES.name }, 200);
    await right({ url: `${url}/v1/operations/summary`, caller: SHOP.name }, 200);
    await decisions(growing);
  });
  const kept: { rows: number; ms: number }[] = [];
  const unknown = await unknownOfKinds(world);
  const background = await explain(world, async () => {
    kept.push(await upkeep(world, unknown));
  });
  const [{ rows, ms }] = kept as [{ rows: number; ms: number }];
  const longest = Math.max(...background.filter(isLedger).map((plan) => plan.ms));
  return [
    ...planFigures('requests', foreground),
    { measure: 'retention: rows a second', value: (rows * 1_000) / ms, unit: '/s' },
    {
      measure: 'background: longest statement',
      value: longest,
      unit: 'ms',
      target: atMost(BACKGROUND_MS_MAX),
    },
    ...planFigures('background', background),
  ];
}

const isLedger = ({ text }: StatementPlan): boolean => /\b(operations|migration_events)\b/.test(text);

function planFigures(of: string, all: readonly StatementPlan[]): Measured[] {
  const plans = all.filter(isLedger);
  const whole = plans.filter(
    ({ wholeTables, rowsRead }) => wholeTables.length > 0 && rowsRead > SMALL_TABLE_ROWS,
  );
  const sorted = plans.toSorted((a, b) => b.rowsRead - a.rowsRead);
  const heavy = sorted
    .filter(({ rowsRead }, at) => rowsRead > ROWS_READ_MAX || at === 0)
    .slice(0, SHOWN_PLANS);
  for (const { text, rowsRead, pages, ms } of heavy) {
    process.stdout.write(`  ${rowsRead} rows, ${pages} pages, ${ms.toFixed(1)} ms: ${text.slice(0, 400)}\n`);
  }
  return [
    { measure: `${of}: statements explained`, value: plans.length, unit: '' },
    { measure: `${of}: that read a whole table`, value: whole.length, unit: '', target: atMost(0) },
    {
      measure: `${of}: most rows read by one`,
      value: sorted[0]?.rowsRead,
      unit: '',
      target: atMost(ROWS_READ_MAX),
    },
    {
      measure: `${of}: most pages of 8 kB read by one`,
      value: Math.max(...plans.map(({ pages }) => pages)),
      unit: '',
      target: atMost(PAGES_READ_MAX),
    },
  ];
}

/** What persons do with operations of unknown outcome. */
async function decisions({ world, url }: Growing): Promise<void> {
  const kinds = ['entitlement_grant', 'entitlement_revoke', 'migration_create', 'voucher_handout'];
  for (const kind of kinds) {
    const unknown = await world.postgres.query<{ id: string }>(
      `select id from operations where tenant = $1 and state = 'unknown' and kind = $2 order by id desc limit 3`,
      [TENANT, kind],
    );
    for (const { id } of unknown) {
      const call = { caller: DECIDES.name, method: 'POST', body: {} } as const;
      await send({ ...call, url: `${url}/v1/operations/${id}/probe` });
      const body = { decision: 'not_executed', reason: 'none is there' };
      await right({ ...call, url: `${url}/v1/operations/${id}/resolution`, body }, 200);
    }
  }
}

/** Milliseconds that it took. */
async function fill({ world, operations }: Growing): Promise<number> {
  const begun = performance.now();
  const startMs = Date.now() - LEDGER_DAYS * DAY_MS;
  const insert = generatedOperations({
    rows: operations,
    startMs,
    stepMs: Math.floor((LEDGER_DAYS * DAY_MS) / operations),
    tenant: TENANT,
    products: PRODUCTS,
    key: `case when at > now() - interval '${KEPT_DAYS.keys + 1} days' then 'key-' || i end`,
  });
  await fillLedger((text) => world.postgres.query(text), insert, '512MB');
  return performance.now() - begun;
}
