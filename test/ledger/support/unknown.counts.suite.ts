import { sql } from 'kysely';
import {
  COUNTED_MAX,
  OperationSummary,
  type SummaryFilter,
} from '../../../src/ledger/queries/operation.summary.js';
import type { Database } from '../../../src/store/database/database.js';
import { generatedOperations } from './large.ledger.js';
import { LedgerParts } from './ledger.parts.js';

const START_MS = Date.UTC(2026, 0, 1);
const STEP_MS = 60_000;

/** The counts of unknown operations, on any database. */
export function describeUnknownCounts(open: () => Database): void {
  describe('the counts of unknown operations', () => {
    let parts: LedgerParts;

    beforeEach(async () => {
      parts = new LedgerParts(open());
      await parts.clear();
    });

    const run = (text: string) => parts.database.run((db) => sql.raw(text).execute(db));
    const generate = (rows: number) =>
      run(generatedOperations({ rows, startMs: START_MS, stepMs: STEP_MS, tenant: 'demo' }));
    const summary = (filter: Partial<SummaryFilter> = {}) =>
      new OperationSummary(parts.database).ofUnknown({
        tenants: ['demo', 'small', 'none'],
        resources: {},
        ...filter,
      });
    /** By one simple query. */
    const counted = async (condition: string) => {
      const { rows } = await parts.database.run((db) =>
        sql`select kind, coalesce(awaits, 'person') as awaits, recommendation, count(*)::int as count,
          false as "hasMore", min(sent_at) as "oldestSentAt" from operations
          where state = 'unknown' and ${sql.raw(condition)} group by 1, 2, 3 order by 1, 2, 3`.execute(db),
      );
      return rows;
    };

    it.each<[string, Partial<SummaryFilter>, string]>([
      ['several tenants', {}, 'true'],
      ['one tenant', { tenants: ['small'] }, `tenant = 'small'`],
      ['one caller', { caller: 'crm' }, `caller = 'crm'`],
      ['no tenant', { tenants: [] }, 'false'],
      [
        'restricted voucher groups',
        { resources: { voucherGroups: ['2', '1*'] } },
        `(voucher_group_id is null or voucher_group_id = '2' or voucher_group_id like '1%')`,
      ],
      [
        'a restricted caller',
        { caller: 'shop', resources: { products: ['1001'] } },
        `caller = 'shop' and (product_id is null or product_id = '1001')`,
      ],
    ])('are those of one simple query, of %s', async (_name, filter, condition) => {
      await generate(5_000);
      // Of before operations waited for anything, and of a version that knows more kinds.
      await run(`update operations set awaits = null where state = 'unknown' and user_id::int % 3 = 0`);
      await run(
        `update operations set state = 'unknown', lease_until = null, kind = 'of_tomorrow' where user_id = '17'`,
      );
      await run(`update operations set state = 'unknown', lease_until = null where user_id::int % 40 = 0`);
      expect(await summary(filter)).toEqual(await counted(condition));
    });

    it('end at a maximum for each tenant and group, with the oldest, and report that there are more', async () => {
      await generate(COUNTED_MAX + 50);
      await run(
        `update operations set state = 'unknown', kind = 'token_import', tenant = 'demo', awaits = 'person',
          recommendation = null, lease_until = null`,
      );
      const group = { kind: 'token_import', awaits: 'person', recommendation: null };
      const oldestSentAt = new Date(START_MS + STEP_MS);
      const most = { ...group, count: COUNTED_MAX, oldestSentAt };
      expect(await summary()).toEqual([{ ...most, hasMore: true }]);
      await run(`delete from operations where user_id::int > ${COUNTED_MAX}`);
      expect(await summary()).toEqual([{ ...most, hasMore: false }]);
      await run(`update operations set tenant = 'small' where user_id = '1'`);
      expect(await summary()).toEqual([{ ...most, hasMore: false }]);
    });
  });
}
