import { randomUUID } from 'node:crypto';
import { knownSecrets } from '../../../src/config/known.secrets.js';
import { Secret } from '../../../src/config/secret.js';
import { AnswerCipher } from '../../../src/ledger/sealing/answer.cipher.js';
import type { Database } from '../../../src/store/database/database.js';
import { aWrite, CREATED, LedgerParts, running } from './ledger.parts.js';

/** What the archive promises on every database: decisions, the list, confidential answers, retention. */
export function describeArchive(open: () => Database): void {
  let parts: LedgerParts;

  beforeEach(async () => {
    parts = new LedgerParts(open());
    await parts.clear();
  });

  const begin = (changes: Parameters<typeof aWrite>[0] = {}) => parts.ledger.begin(aWrite(changes));
  const find = async (id: string) => {
    const operation = await parts.queries.find('demo', id);
    if (!operation) throw new Error('no such operation');
    return operation;
  };

  const decide = (id: string, decision: 'executed' | 'not_executed', more = {}) =>
    parts.decisions.decide({
      tenant: 'demo',
      id,
      decision,
      basis: 'person',
      by: 'ann',
      reason: 'asked',
      ...more,
    });

  describe('a decision', () => {
    it('that nothing was executed is final, and the key may begin another operation', async () => {
      const { id, ...rest } = running(await begin());
      await parts.ledger.unknown({ id, ...rest });
      const evidence = [
        { at: '2026-03-04T12:29:06Z', by: 'ann', asked: 'the vendor', seen: { text: 'no\0ne \ud800' } },
      ];
      expect(await decide(id, 'not_executed', { evidence })).toMatchObject({
        kind: 'decided',
        operation: {
          state: 'failed',
          outcome: 'not_executed',
          resolution: {
            decision: 'not_executed',
            basis: 'person',
            by: 'ann',
            reason: 'asked',
            at: expect.any(Date),
          },
          evidence: [{ asked: 'the vendor', seen: { text: 'no\uFFFDne \uFFFD' } }],
        },
      });
      const next = running(await begin());
      expect(next.id).not.toBe(id);
      await parts.ledger.succeed(next, CREATED);
      expect(await begin()).toMatchObject({ kind: 'replay', operation: { id: next.id } });
      expect(await find(id)).toMatchObject({ state: 'failed', idempotencyKey: 'key-1' });
    });

    it('that it was executed answers as the success would, as far as that is known', async () => {
      const first = running(await begin());
      await parts.ledger.unknown(first);
      await decide(first.id, 'executed');
      expect(await begin()).toMatchObject({
        kind: 'replay',
        operation: { outcome: 'executed' },
        answer: null,
      });
      const second = running(await begin({ idempotencyKey: 'key-2' }));
      await parts.ledger.unknown(second);
      await decide(second.id, 'executed', { answer: CREATED, basis: 'evidence' });
      expect(await begin({ idempotencyKey: 'key-2' })).toMatchObject({ kind: 'replay', answer: CREATED });
    });

    it('is made once', async () => {
      const operation = running(await begin());
      await parts.ledger.unknown(operation);
      const results = await Promise.all([
        decide(operation.id, 'executed'),
        decide(operation.id, 'not_executed'),
        decide(operation.id, 'not_executed'),
      ]);
      expect(results.map(({ kind }) => kind).toSorted()).toEqual([
        'already-decided',
        'already-decided',
        'decided',
      ]);
      const decided = results.find(({ kind }) => kind === 'decided');
      expect(await find(operation.id)).toEqual(decided && 'operation' in decided && decided.operation);
    });

    it('is refused for what runs, what has an end and what is not there', async () => {
      const operation = running(await begin());
      expect(await decide(operation.id, 'not_executed')).toMatchObject({ kind: 'running' });
      await parts.ledger.succeed(operation, CREATED);
      expect(await decide(operation.id, 'not_executed')).toMatchObject({ kind: 'already-decided' });
      expect(await decide(randomUUID(), 'executed')).toEqual({ kind: 'not-found' });
      expect(await decide('no-id', 'executed')).toEqual({ kind: 'not-found' });
    });

    it('is refused for the operation of another tenant', async () => {
      const operation = running(await begin());
      await parts.ledger.unknown(operation);
      const other = { tenant: 'other', basis: 'person', by: 'eve', reason: 'x' } as const;
      const result = await parts.decisions.decide({ ...other, id: operation.id, decision: 'executed' });
      expect(result).toEqual({ kind: 'not-found' });
      expect((await find(operation.id)).state).toBe('unknown');
    });
  });

  describe('the list', () => {
    it('pages from the newest to the oldest without gaps or repeats', async () => {
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

    it('filters by each of its columns and by time', async () => {
      const subject = { userId: '7', voucherGroupId: '9', destinationUsername: 'bo@example.test' };
      const begun = await begin({ idempotencyKey: 'old', caller: 'crm', kind: 'migration_create', subject });
      const oldId = await parts.age(running(begun).id, 3_600_000);
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

    it('shows a tenant its own operations only; operators see all', async () => {
      const own = running(await begin());
      const other = running(await begin({ tenant: 'other' }));
      expect((await parts.queries.list({ tenant: 'other', limit: 10 })).items.map(({ id }) => id)).toEqual([
        other.id,
      ]);
      expect(await parts.queries.find('other', own.id)).toBeUndefined();
      expect((await parts.queries.list({ tenant: null, limit: 10 })).items).toHaveLength(2);
    });
  });

  it('keeps no known secret, whoever wrote one into a request or an answer', async () => {
    const secret = 'canary-of-the-ledger-0123456789';
    knownSecrets.learnToken('canary of the ledger', new Secret(secret));
    const operation = running(await begin({ request: { body: { title: `it is ${secret}` } } }));
    await parts.ledger.succeed(operation, { status: 200, body: { title: secret } });
    expect((await find(operation.id)).request).toEqual({ body: { title: 'it is [redacted]' } });
    expect((await parts.queries.findAnswer('demo', operation.id))?.body).toEqual({ title: '[redacted]' });
  });

  describe('a confidential answer', () => {
    const CODES = { status: 200, body: { items: [{ code: 'SAMPLE-CODE-1' }] } };

    it('is replayed, and stands in the database only as ciphertext', async () => {
      const operation = running(await begin({ confidential: true }));
      await parts.ledger.succeed(operation, CODES);
      expect(await begin({ confidential: true })).toMatchObject({ kind: 'replay', answer: CODES });
      expect(await parts.queries.findAnswer('demo', operation.id)).toEqual(CODES);
      const row = await parts.database.run((db) =>
        db.selectFrom('operations').selectAll().executeTakeFirstOrThrow(),
      );
      expect(row).toMatchObject({
        answer_body: null,
        answer_key_id: 'k1',
        answer_ciphertext: expect.any(String),
      });
      expect(JSON.stringify(row)).not.toContain('SAMPLE');
    });

    it('is known to be there when its key is gone, and never begun without a key', async () => {
      await parts.ledger.succeed(running(await begin({ confidential: true })), CODES);
      const keyless = new LedgerParts(parts.database, new AnswerCipher());
      expect(await keyless.ledger.begin(aWrite())).toMatchObject({
        kind: 'replay',
        operation: { outcome: 'executed' },
        answer: null,
      });
      await expect(
        keyless.ledger.begin(aWrite({ confidential: true, idempotencyKey: 'k2' })),
      ).rejects.toThrow('no key');
      expect((await parts.queries.list({ tenant: 'demo', limit: 10 })).items).toHaveLength(1);
    });
  });

  describe('retention', () => {
    const DAY_MS = 86_400_000;

    it('forgets keys after 30 days and rows after 400, but nothing undecided', async () => {
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

    it('keeps the key of an operation that was decided late as long as any other', async () => {
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

    it('goes on in batches until nothing is left to do', async () => {
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
