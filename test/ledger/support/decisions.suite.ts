import { randomUUID } from 'node:crypto';
import type { Database } from '../../../src/store/database/database.js';
import { CREATED, LedgerParts, running } from './ledger.parts.js';

/** Decisions about unknown operations, on any database. */
export function describeDecisions(open: () => Database): void {
  let parts: LedgerParts;

  beforeEach(async () => {
    parts = new LedgerParts(open());
    await parts.clear();
  });

  const begin = (changes = {}) => parts.begin(changes);
  const find = (id: string) => parts.found(id);

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
    it('not_executed is final, and the key may start another operation', async () => {
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

    it('executed replays the response of a success, if it is known', async () => {
      const first = running(await begin());
      await parts.ledger.unknown(first);
      await decide(first.id, 'executed');
      expect(await begin()).toMatchObject({
        kind: 'replay',
        operation: { outcome: 'executed' },
        response: null,
      });
      const second = running(await begin({ idempotencyKey: 'key-2' }));
      await parts.ledger.unknown(second);
      await decide(second.id, 'executed', { response: CREATED, basis: 'evidence' });
      expect(await begin({ idempotencyKey: 'key-2' })).toMatchObject({ kind: 'replay', response: CREATED });
    });

    it('is accepted once', async () => {
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

    it('is refused for running, final and missing operations', async () => {
      const operation = running(await begin());
      expect(await decide(operation.id, 'not_executed')).toMatchObject({ kind: 'running' });
      await parts.ledger.succeed(operation, CREATED);
      expect(await decide(operation.id, 'not_executed')).toMatchObject({ kind: 'already-decided' });
      expect(await decide(randomUUID(), 'executed')).toEqual({ kind: 'not-found' });
      expect(await decide('no-id', 'executed')).toEqual({ kind: 'not-found' });
    });

    it('returns not-found for an operation of another tenant', async () => {
      const operation = running(await begin());
      await parts.ledger.unknown(operation);
      const other = { tenant: 'other', basis: 'person', by: 'eve', reason: 'x' } as const;
      const result = await parts.decisions.decide({ ...other, id: operation.id, decision: 'executed' });
      expect(result).toEqual({ kind: 'not-found' });
      expect((await find(operation.id)).state).toBe('unknown');
    });
  });
}
