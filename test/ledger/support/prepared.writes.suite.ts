import type { OperationWrite } from '../../../src/ledger/operation.types.js';
import type { Database } from '../../../src/store/database/database.js';
import { aWrite, CREATED, LedgerParts, running } from './ledger.parts.js';

const SNAPSHOT = { granted: false, entitlements: ['1337', 'é'] };
const OK = { status: 200, body: { granted: true } } as const;

/** Writes with a snapshot, and writes with the same exclusive key, on any database. */
export function describePreparedWrites(open: () => Database): void {
  let parts: LedgerParts;

  beforeEach(async () => {
    parts = new LedgerParts(open());
    await parts.clear();
  });

  const grant = (changes: Partial<OperationWrite> = {}) =>
    aWrite({
      kind: 'entitlement_grant',
      prepared: true,
      account: 'account-1',
      exclusiveKey: 'user 42',
      ...changes,
    });
  const begin = (changes: Partial<OperationWrite> = {}) => parts.ledger.begin(grant(changes));
  const find = (id: string) => parts.found(id);

  describe('a prepared write', () => {
    it('is claimed first; sending and snapshot are committed together', async () => {
      const operation = running(await begin());
      expect(await find(operation.id)).toMatchObject({
        state: 'claimed',
        outcome: null,
        account: 'account-1',
        snapshot: null,
      });
      expect(await parts.ledger.send(operation, SNAPSHOT)).toBe(true);
      expect(await find(operation.id)).toMatchObject({ state: 'sent', outcome: null, snapshot: SNAPSHOT });
      expect(await parts.ledger.succeed(operation, OK)).toBe('recorded');
      expect(await begin()).toMatchObject({ kind: 'replay', response: OK });
    });

    it('returns in-progress for a repeat before and after it is sent', async () => {
      const operation = running(await begin());
      expect(await begin()).toMatchObject({ kind: 'in-progress', operation: { id: operation.id } });
      await parts.ledger.send(operation, null);
      expect(await begin()).toMatchObject({ kind: 'in-progress', operation: { id: operation.id } });
    });

    it('costs three round trips', async () => {
      const { ledger, roundTrips } = await parts.counted();
      const operation = running(await ledger.begin(grant()));
      await ledger.send(operation, SNAPSHOT);
      await ledger.succeed(operation, OK);
      expect(roundTrips()).toBe(3);
    });

    it('is released if its lease expires before it was sent, and can no longer be sent', async () => {
      const operation = running(await begin());
      await parts.endLeases();
      expect(await parts.recovery.sweep()).toMatchObject([{ id: operation.id, state: 'released' }]);
      expect(await find(operation.id)).toMatchObject({
        state: 'released',
        outcome: 'not_executed',
        awaits: null,
        evidence: [{ seen: 'its lease ended before it was sent' }],
      });
      expect(await parts.ledger.send(operation, SNAPSHOT)).toBe(false);
      const again = running(await begin());
      expect(again).toMatchObject({ id: operation.id, attempts: 2 });
      expect(await parts.ledger.send(operation, SNAPSHOT)).toBe(false);
      expect(await parts.ledger.send(again, SNAPSHOT)).toBe(true);
    });

    it('has a new lease from its sending on', async () => {
      const operation = running(await begin());
      await parts.endLeases();
      expect(await parts.ledger.send(operation, null)).toBe(true);
      expect(await parts.recovery.sweep()).toEqual([]);
    });

    it('is sent only once', async () => {
      const operation = running(await begin());
      const sent = await Promise.all([1, 2, 3].map(() => parts.ledger.send(operation, null)));
      expect(sent.filter((each) => each)).toHaveLength(1);
    });

    it('succeeds without a call if the requested state exists already', async () => {
      const operation = running(await begin());
      const evidence = [{ at: '2026-03-04T12:29:06Z', by: 'gateway', asked: 'the vendor', seen: SNAPSHOT }];
      expect(await parts.ledger.alreadySo(operation, OK, evidence)).toBe('recorded');
      expect(await find(operation.id)).toMatchObject({
        state: 'succeeded',
        outcome: 'executed',
        evidence,
        resolution: { decision: 'executed', basis: 'already_so', by: 'gateway', at: expect.any(Date) },
      });
      expect(await begin()).toMatchObject({ kind: 'replay', response: OK });
      expect(await parts.ledger.alreadySo(operation, OK)).toBe('recorded');
      expect(await parts.ledger.send(operation, null)).toBe(false);
    });

    it('loses the snapshot of a released attempt', async () => {
      const first = running(await begin());
      await parts.ledger.send(first, SNAPSHOT);
      await parts.ledger.release(first);
      const second = running(await begin());
      expect(await find(second.id)).toMatchObject({ state: 'claimed', attempts: 2, snapshot: null });
    });
  });

  describe('an unknown outcome', () => {
    it.each([
      ['entitlement_grant', SNAPSHOT, 'evidence'],
      ['entitlement_grant', null, 'person'],
      ['voucher_handout', null, 'person'],
      ['voucher_handout', SNAPSHOT, 'person'],
    ] as const)('of a %s with the snapshot %j awaits %s', async (kind, snapshot, awaits) => {
      const lost = running(await begin({ kind, idempotencyKey: 'lost', exclusiveKey: null }));
      const died = running(await begin({ kind, idempotencyKey: 'died', exclusiveKey: null }));
      for (const operation of [lost, died]) await parts.ledger.send(operation, snapshot);
      expect((await find(lost.id)).awaits).toBeNull();
      await parts.ledger.unknown(lost);
      await parts.endLeases(died.id);
      await parts.recovery.sweep();
      expect([(await find(lost.id)).awaits, (await find(died.id)).awaits]).toEqual([awaits, awaits]);
      await parts.ledger.succeed(lost, OK);
      expect((await find(lost.id)).awaits).toBeNull();
    });
  });

  describe('writes with the same exclusive key in one account', () => {
    const other = { idempotencyKey: 'other', caller: 'crm', tenant: 'second', fingerprint: 'e'.repeat(64) };

    it('are busy while one of any caller is claimed, sent or unknown', async () => {
      const first = running(await begin());
      const busy = { kind: 'busy', operation: { id: first.id }, fingerprint: 'f'.repeat(64) };
      expect(await begin(other)).toMatchObject({ ...busy, operation: { id: first.id, state: 'claimed' } });
      await parts.ledger.send(first, null);
      expect(await begin(other)).toMatchObject({ ...busy, operation: { id: first.id, state: 'sent' } });
      await parts.ledger.unknown(first);
      expect(await begin(other)).toMatchObject({ ...busy, operation: { id: first.id, state: 'unknown' } });
      expect(await begin({ idempotencyKey: null })).toMatchObject(busy);
      expect(await begin()).toMatchObject({ kind: 'unknown' });
      await parts.ledger.succeed(first, OK);
      expect((await begin(other)).kind).toBe('run');
    });

    it.each([
      ['fail', (ledger: LedgerParts['ledger']) => ledger.fail.bind(ledger)],
      ['release', (ledger: LedgerParts['ledger']) => ledger.release.bind(ledger)],
    ])('run after the first one %ss', async (_, end) => {
      const first = running(await begin());
      await parts.ledger.send(first, null);
      await (end(parts.ledger) as (...args: unknown[]) => Promise<unknown>)(first, CREATED);
      expect((await begin(other)).kind).toBe('run');
    });

    it.each([
      { account: 'account-2' },
      { exclusiveKey: 'user 43' },
      { exclusiveKey: null },
      { account: null },
    ])('do not conflict with a write with %j', async (changes) => {
      running(await begin());
      running(await begin({ ...other, ...changes }));
    });

    it('return reused for another request under the same idempotency key', async () => {
      const first = running(await begin());
      expect(await begin({ fingerprint: other.fingerprint })).toEqual({ kind: 'reused' });
      await parts.ledger.release(first);
      running(await begin({ idempotencyKey: 'key-2' }));
      expect(await begin({ fingerprint: other.fingerprint })).toEqual({ kind: 'reused' });
    });

    it('are busy also for a released key that is taken again', async () => {
      await parts.ledger.release(running(await begin()));
      const second = running(await begin({ idempotencyKey: 'key-2' }));
      expect(await begin()).toMatchObject({ kind: 'busy', operation: { id: second.id } });
      await parts.ledger.alreadySo(second, OK);
      expect(running(await begin()).attempts).toBe(2);
    });

    it('let one of many concurrent writes run, with keys, without keys and with released keys', async () => {
      await parts.ledger.release(running(await begin({ idempotencyKey: 'key-3' })));
      const keys = Array.from({ length: 12 }, (_, i) => `key-${i}`);
      const writes = [...keys, null, null, null].map((idempotencyKey) => begin({ idempotencyKey }));
      const kinds = (await Promise.all(writes)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'run')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'busy')).toHaveLength(14);
    });

    it('may be of kinds without a snapshot', async () => {
      const handout = { kind: 'voucher_handout', prepared: false } as const;
      const first = running(await begin(handout));
      expect((await find(first.id)).state).toBe('sent');
      expect((await begin({ ...handout, idempotencyKey: 'key-2' })).kind).toBe('busy');
    });
  });

  describe('a wrong estimate of the database time', () => {
    const believe = (aheadMs: number) => {
      const { time, clock } = parts;
      time.learn(time.now().getTime() + aheadMs, clock.monotonicMs());
    };

    it.each([-60_000, 60_000, -86_400_000])('by %d ms is corrected by a claim', async (aheadMs) => {
      await parts.time.learned();
      believe(aheadMs);
      const operation = running(await begin());
      const { createdAt } = await find(operation.id);
      expect(Math.abs(createdAt.getTime() - Date.now())).toBeLessThan(10_000);
      expect(Math.abs(parts.time.now().getTime() - Date.now())).toBeLessThan(10_000);
      believe(aheadMs);
      expect(await parts.ledger.send(operation, SNAPSHOT)).toBe(true);
    });
  });
}
