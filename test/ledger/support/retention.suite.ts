import { randomUUID } from 'node:crypto';
import type { Database } from '../../../src/store/database/database.js';
import { CREATED, LedgerParts, running } from './ledger.parts.js';

/** Retention of keys and rows, on any database. */
export function describeRetention(open: () => Database): void {
  let parts: LedgerParts;

  beforeEach(async () => {
    parts = new LedgerParts(open());
    await parts.clear();
  });

  const begin = (changes = {}) => parts.begin(changes);

  describe('retention', () => {
    const DAY_MS = 86_400_000;

    it('deletes keys after 30 days and rows after 400, and nothing undecided', async () => {
      const ages = { ancient: 401, old: 31, young: 29 };
      const ids: Record<string, string> = {};
      for (const [name, days] of Object.entries(ages)) {
        const done = running(await begin({ idempotencyKey: `${name}-done` }));
        await parts.ledger.succeed(done, CREATED);
        const open = running(await begin({ idempotencyKey: `${name}-open` }));
        await parts.ledger.unknown(open);
        ids[`${name}-done`] = await parts.age(done.id, days * DAY_MS);
        ids[`${name}-open`] = await parts.age(open.id, days * DAY_MS);
      }
      expect(await parts.retention.sweep()).toEqual({ forgottenKeys: 2, deletedOperations: 1 });
      const left = (await parts.queries.list({ tenant: 'demo', limit: 10 })).items;
      expect(Object.fromEntries(left.map(({ id, idempotencyKey }) => [id, idempotencyKey]))).toEqual({
        [ids['ancient-open'] as string]: 'ancient-open',
        [ids['old-done'] as string]: null,
        [ids['old-open'] as string]: 'old-open',
        [ids['young-done'] as string]: 'young-done',
        [ids['young-open'] as string]: 'young-open',
      });
      running(await begin({ idempotencyKey: 'old-done' }));
      expect((await begin({ idempotencyKey: 'old-open' })).kind).toBe('unknown');
    });

    it('keeps the key of an operation for 30 days after a late decision', async () => {
      const lost = running(await begin());
      await parts.ledger.unknown(lost);
      const unsent = running(await begin({ idempotencyKey: 'key-2' }));
      await parts.ledger.release(unsent);
      const id = await parts.age(lost.id, 31 * DAY_MS);
      await parts.age(unsent.id, 31 * DAY_MS);
      await parts.decisions.decide({
        tenant: 'demo',
        id,
        decision: 'executed',
        basis: 'person',
        by: 'ops',
        reason: 'r',
      });
      await parts.ledger.succeed(running(await begin({ idempotencyKey: 'key-2' })), CREATED);
      expect(await parts.retention.sweep()).toEqual({ forgottenKeys: 0, deletedOperations: 0 });
      expect([(await begin()).kind, (await begin({ idempotencyKey: 'key-2' })).kind]).toEqual([
        'replay',
        'replay',
      ]);
    });

    it('deletes in batches until nothing is left', async () => {
      await parts.database.run((db) =>
        db
          .insertInto('operations')
          .values(
            Array.from({ length: 1_201 }, (_, i) => ({
              id: `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`,
              claim: randomUUID(),
              tenant: 'demo',
              caller: 'shop',
              kind: 'voucher_handout',
              fingerprint: 'f',
              state: 'succeeded',
              request: '{}',
              owner: 'test',
              created_at: new Date(0),
              sent_at: new Date(0),
              finished_at: new Date(0),
            })),
          )
          .execute(),
      );
      expect(await parts.retention.sweep()).toEqual({ forgottenKeys: 0, deletedOperations: 1_201 });
    });
  });
}
