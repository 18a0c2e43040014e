import { sql } from 'kysely';
import { Clock } from '../../../src/config/clock.js';
import { UserFences } from '../../../src/ledger/fence/user.fences.js';
import { OPERATION_KINDS } from '../../../src/ledger/operation.kind.js';
import type { Operation, OperationWrite } from '../../../src/ledger/operation.types.js';
import type { Database } from '../../../src/store/database/database.js';
import { aWrite, CREATED, LedgerParts, running, TEST_KINDS } from './ledger.parts.js';

/** No machine is so slow. */
const LONG_MS = 600_000;

const ACCOUNT = 'spid:account-1';
const UUID = '0a4f9ab6-6f3c-4f0e-9d26-0a1d8a0a7a11';

/** Fences of users, on any database. @param other of another replica */
export function describeFences(open: () => Database, other: () => Database = open): void {
  let parts: LedgerParts;
  let fences: UserFences;

  beforeEach(async () => {
    parts = new LedgerParts(open());
    fences = new UserFences(other(), new Clock(), LONG_MS);
    await parts.clear();
  });

  const grant = (changes: Partial<OperationWrite> = {}) =>
    aWrite({
      kind: 'entitlement_grant',
      account: ACCOUNT,
      subject: { userId: '42', productId: '1337' },
      ...changes,
    });
  const begin = async (changes: Partial<OperationWrite> = {}) =>
    running(await parts.ledger.begin(grant(changes)));
  const fence = (userId = '42', account = ACCOUNT) => fences.read(account, userId);
  const find = async (id: string) => (await parts.queries.find('demo', id)) as Operation;
  const evidence = (note: object = {}) => ({
    evidence: [{ at: '2026-03-04T12:29:06Z', by: 'evidence', asked: 'the vendor', seen: 'nothing' }],
    awaits: 'evidence' as const,
    recommendation: null,
    ...note,
  });
  const decide = (id: string, decision: 'executed' | 'not_executed') =>
    parts.decisions.decide({ tenant: 'demo', id, decision, basis: 'person', by: 'ann', reason: 'asked' });

  /** Whether the fence has another revision after `change`. */
  async function changes(change: () => Promise<unknown>, userId?: string): Promise<boolean> {
    const before = await fence(userId);
    await change();
    return (await fence(userId)).revision !== before.revision;
  }

  describe('the fence of a user', () => {
    it.each<[string, boolean, (operation: Awaited<ReturnType<typeof begin>>) => Promise<unknown>]>([
      ['a success', false, (each) => parts.ledger.succeed(each, CREATED)],
      ['a refusal', false, (each) => parts.ledger.fail(each, CREATED)],
      ['a release', false, (each) => parts.ledger.release(each)],
      ['a lost response', false, (each) => parts.ledger.unknown(each)],
      ['an expired lease', false, () => parts.endLeases().then(() => parts.recovery.sweep())],
      ['an abandoned claim', false, ({ write, ...each }) => parts.claims.abandon(write, each)],
      [
        'an end of a lost row',
        false,
        (each) => parts.clear().then(() => parts.ledger.succeed(each, CREATED)),
      ],
      ['another operation', true, () => begin({ idempotencyKey: 'key-2' })],
    ])('has another revision after a claim and after %s', async (_, isOpen, end) => {
      const before = await fence();
      expect(before.isOpen).toBe(false);
      const operation = await begin();
      const sent = await fence();
      expect(sent.isOpen).toBe(true);
      expect(sent.revision).not.toBe(before.revision);
      await end(operation);
      const after = await fence();
      expect(after.isOpen).toBe(isOpen);
      expect([before.revision, sent.revision]).not.toContain(after.revision);
    });

    it('is open from the sending of a prepared write, and changes with every step of it', async () => {
      const write = grant({ prepared: true, exclusiveKey: 'user 42' });
      expect(await changes(() => parts.ledger.begin(write))).toBe(true);
      expect(await fence()).toMatchObject({ isOpen: false });
      await parts.clear();
      const operation = running(await parts.ledger.begin(write));
      expect(await changes(() => parts.ledger.send(operation, null))).toBe(true);
      expect(await fence()).toMatchObject({ isOpen: true });
      await parts.clear();
      const next = running(await parts.ledger.begin(write));
      expect(await changes(() => parts.ledger.alreadySo(next, CREATED))).toBe(true);
      expect(await fence()).toMatchObject({ isOpen: false });
    });

    it('changes when a released key is claimed again', async () => {
      await parts.ledger.release(await begin());
      expect(await changes(() => begin())).toBe(true);
      expect(await fence()).toMatchObject({ isOpen: true });
    });

    it('changes with evidence, with each decision, and with a response that contradicts it', async () => {
      const operation = await begin();
      await parts.ledger.unknown(operation);
      const { id } = operation;
      expect(await changes(async () => parts.evidence.add(await find(id), evidence()))).toBe(true);
      expect(await changes(() => decide(id, 'not_executed'))).toBe(true);
      expect(await changes(() => parts.ledger.succeed(operation, CREATED))).toBe(true);
      const other = await begin({ idempotencyKey: 'key-2' });
      await parts.ledger.unknown(other);
      expect(await changes(() => decide(other.id, 'executed'))).toBe(true);
    });

    it('changes with any statement, of a replica that does not know fences too', async () => {
      const { id } = await begin();
      const statement = sql`update operations set request_id = 'x' where id = ${id}`;
      expect(await changes(() => parts.database.run((db) => statement.execute(db)))).toBe(true);
    });

    it('changes with each kind that has a product of a user as its subject, and with no other kind', async () => {
      const changing: string[] = [];
      for (const kind of OPERATION_KINDS) {
        const change = () => begin({ kind, idempotencyKey: kind });
        if (await changes(change)) changing.push(kind);
      }
      const ids = { userId: '42', productId: '1337' };
      const expected = OPERATION_KINDS.filter(
        (kind) => TEST_KINDS.of(kind).subject(ids, {}).productId === '1337',
      );
      expect(changing).toEqual(expected);
      expect(expected).toHaveLength(2);
    });

    it('is that of the vendor account, whichever tenant writes', async () => {
      expect(await changes(() => begin({ tenant: 'another' }))).toBe(true);
      const elsewhere = () => begin({ account: 'spid:account-2', idempotencyKey: 'key-2' });
      expect(await changes(elsewhere)).toBe(false);
      expect(await fence('42', 'spid:account-2')).toMatchObject({ isOpen: true });
    });

    it('is open for that user only', async () => {
      const write = (userId: string) => ({ subject: { userId, productId: '1337' }, idempotencyKey: userId });
      expect(await changes(() => begin(write('42')), '43')).toBe(false);
      expect(await fence('43')).toMatchObject({ isOpen: false });
      expect(await changes(() => begin(write('0043')), '43')).toBe(true);
      expect(await fence('00043')).toEqual(await fence('43'));
      expect(await changes(() => begin(write('00')), '0')).toBe(true);
    });

    it('is open for all users of the account while a write names one by UUID', async () => {
      const before = await fence('43');
      const operation = await begin({ subject: { userId: UUID, productId: '1337' } });
      const [one, another] = await Promise.all([fence('42'), fence('43')]);
      expect([one.isOpen, another.isOpen]).toEqual([true, true]);
      expect(await changes(() => parts.ledger.succeed(operation, CREATED), '43')).toBe(true);
      expect(await fence('43')).toMatchObject({ isOpen: false });
      expect((await fence('43')).revision).not.toBe(before.revision);
      expect((await fence('43', 'spid:account-2')).isOpen).toBe(false);
    });

    it('stays open while an older one of several operations runs', async () => {
      const first = await begin();
      const later = await begin({ idempotencyKey: 'key-2' });
      await parts.ledger.succeed(later, CREATED);
      expect(await fence()).toMatchObject({ isOpen: true });
      expect(await changes(() => parts.ledger.succeed(first, CREATED))).toBe(true);
      expect(await fence()).toMatchObject({ isOpen: false });
    });

    it('is refused for a user that is not named by a number', async () => {
      await expect(fences.read(ACCOUNT, UUID)).rejects.toThrow(TypeError);
    });

    it('is read for many users at once, each its own', async () => {
      const users = Array.from({ length: 1_200 }, (_, i) => `${i}`);
      await begin({ subject: { userId: '700', productId: '1337' } });
      const all = await Promise.all(users.map((each) => fences.read(ACCOUNT, each)));
      expect(users.filter((_, i) => all[i]?.isOpen)).toEqual(['700']);
    });
  });
}
