import type { Database } from '../../../src/store/database/database.js';
import { CREATED, LedgerParts, running } from './ledger.parts.js';

/** The list of operations, on any database. */
export function describeListing(open: () => Database): void {
  let parts: LedgerParts;

  beforeEach(async () => {
    parts = new LedgerParts(open());
    await parts.clear();
  });

  const begin = (changes = {}) => parts.begin(changes);

  describe('the list of operations', () => {
    it('returns pages from newest to oldest without gaps or duplicates', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 7; i += 1) {
        const { id } = running(await begin({ idempotencyKey: `key-${i}` }));
        ids.push(await parts.age(id, (7 - i) * 10));
      }
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await parts.queries.list({ tenant: 'demo', limit: 3, ...(cursor ? { cursor } : {}) });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(seen).toEqual(ids.toReversed());
    });

    it('ends a page before its evidence is more than a page is for', async () => {
      const evidenceOf = { a: 1, b: 1_999, c: 1, d: 2_500, e: 7 };
      for (const [key, pieces] of Object.entries(evidenceOf)) {
        const { id } = running(await begin({ idempotencyKey: key }));
        const evidence = JSON.stringify(Array.from({ length: pieces }, () => ({})));
        await parts.database.run((db) =>
          db.updateTable('operations').set({ evidence }).where('id', '=', id).execute(),
        );
      }
      const pages: (string | null)[][] = [];
      let cursor: string | undefined;
      do {
        const page = await parts.queries.list({ tenant: 'demo', limit: 10, ...(cursor ? { cursor } : {}) });
        pages.push(page.items.map(({ idempotencyKey }) => idempotencyKey));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(pages).toEqual([['e'], ['d'], ['c', 'b'], ['a']]);
    });

    it('filters by each column and by time', async () => {
      const subject = { userId: '7', voucherGroupId: '9', destinationUsername: 'bo@example.test' };
      const started = await begin({
        idempotencyKey: 'old',
        caller: 'crm',
        kind: 'migration_create',
        subject,
      });
      const oldId = await parts.age(running(started).id, 3_600_000);
      const hourAgo = new Date(Date.now() - 1_800_000);
      const fresh = running(await begin());
      await parts.ledger.succeed(fresh, CREATED);
      const list = async (filter: object) =>
        (await parts.queries.list({ tenant: 'demo', limit: 10, ...filter })).items.map(({ id }) => id);
      for (const filter of [
        { caller: 'crm' },
        { kind: 'migration_create' },
        { states: ['sent'] },
        { userId: '7' },
        { voucherGroupId: '9' },
        { destinationUsername: 'bo@example.test' },
        { to: hourAgo },
      ]) {
        expect([filter, await list(filter)]).toEqual([filter, [oldId]]);
      }
      expect(await list({ from: hourAgo })).toEqual([fresh.id]);
      expect(await list({ from: hourAgo, to: hourAgo })).toEqual([]);
    });

    it('returns only operations of the tenant, and all of them to operators', async () => {
      const own = running(await begin());
      const other = running(await begin({ tenant: 'other' }));
      expect((await parts.queries.list({ tenant: 'other', limit: 10 })).items.map(({ id }) => id)).toEqual([
        other.id,
      ]);
      expect(await parts.queries.find('other', own.id)).toBeUndefined();
      expect((await parts.queries.list({ tenant: null, limit: 10 })).items).toHaveLength(2);
    });
  });
}
