import { Logger } from '@nestjs/common';
import { sql } from 'kysely';
import type { OperationWrite, RunningOperation } from '../../../src/ledger/operation.types.js';
import type { Database } from '../../../src/store/database/database.js';
import { Metrics } from '../../../src/telemetry/metrics.js';
import { aWrite, CREATED, LedgerParts, running, TEST_CIPHER } from './ledger.parts.js';

const SNAPSHOT = { granted: false };

/** Ends whose row the database has lost, and responses that contradict a decision, on any database. */
export function describeLostOperations(open: () => Database): void {
  let parts: LedgerParts;
  let metrics: Metrics;
  let errors: string[];

  beforeEach(async () => {
    metrics = new Metrics();
    parts = new LedgerParts(open(), TEST_CIPHER, metrics);
    await parts.clear();
    errors = [];
    const silent = { log: () => undefined, warn: () => undefined };
    Logger.overrideLogger({ ...silent, error: (message: string) => errors.push(message) });
  });

  afterEach(() => Logger.overrideLogger(false));

  const begin = (changes: Partial<OperationWrite> = {}) => parts.ledger.begin(aWrite(changes));
  const PREPARED = {
    kind: 'entitlement_grant',
    prepared: true,
    account: 'a',
    exclusiveKey: 'thing',
  } as const;

  /** Without the columns that every end changes. */
  const rowOf = async (id: string) => {
    const row = await parts.store.find(id);
    if (!row) throw new Error('no such row');
    const { created_at, sent_at, finished_at, evidence, change_seq: _, ...facts } = row;
    for (const time of [created_at, sent_at, finished_at as Date])
      expect(Math.abs(time.getTime() - Date.now())).toBeLessThan(10_000);
    return { facts, evidence };
  };
  const set = (id: string, changes: object) =>
    parts.database.run((db) => db.updateTable('operations').set(changes).where('id', '=', id).execute());
  const lose = (id: string) =>
    parts.database.run((db) => db.deleteFrom('operations').where('id', '=', id).execute());
  const metric = async (name: string) =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith(`${name}{`));

  async function expectLoud({ id, write }: RunningOperation): Promise<void> {
    expect(errors).toEqual([expect.stringContaining(`had lost operation ${id} (${write.kind})`)]);
    expect(await metric('tollgate_ledger_lost_claims_total')).toEqual([
      `tollgate_ledger_lost_claims_total{tenant="demo",kind="${write.kind}"} 1`,
    ]);
  }

  describe('an operation whose row the database has lost', () => {
    const ends: [string, Partial<OperationWrite>, (operation: RunningOperation) => Promise<unknown>][] = [
      ['a success', {}, (operation) => parts.ledger.succeed(operation, CREATED)],
      [
        'a confidential success',
        { confidential: true },
        (operation) => parts.ledger.succeed(operation, CREATED),
      ],
      ['a success without a key', { idempotencyKey: null }, (each) => parts.ledger.succeed(each, CREATED)],
      ['a refusal', {}, (operation) => parts.ledger.fail(operation, CREATED)],
      ['an unknown outcome', PREPARED, (operation) => parts.ledger.unknown(operation)],
      ['a release', {}, (operation) => parts.ledger.release(operation)],
      ['nothing to do', PREPARED, (operation) => parts.ledger.alreadySo(operation, CREATED)],
    ];

    it.each(ends)('is restored completely with %s', async (what, changes, end) => {
      // The row as it would be without the loss.
      const twin = running(await begin({ ...changes, tenant: 'twin', account: 'twin' }));
      const operation = running(await begin(changes));
      if (changes.prepared && what !== 'nothing to do') {
        for (const each of [twin, operation]) await parts.ledger.send(each, SNAPSHOT);
      }
      await end(twin);
      await lose(operation.id);
      expect(await end(operation)).toBe('recorded');
      const { facts, evidence } = await rowOf(operation.id);
      const expected = (await rowOf(twin.id)).facts;
      expect({ ...facts, resolved_at: null }).toEqual({
        ...expected,
        id: operation.id,
        claim: operation.claim,
        tenant: 'demo',
        account: changes.account ?? null,
        resolved_at: null,
        answer_ciphertext: expected.answer_ciphertext === null ? null : expect.any(String),
      });
      expect(evidence).toEqual([
        expect.objectContaining({ asked: 'does the database still have the claim?' }),
      ]);
      await expectLoud(operation);
    });

    it('replays its response after the restore', async () => {
      const operation = running(await begin());
      await lose(operation.id);
      await parts.ledger.succeed(operation, CREATED);
      expect(await begin()).toMatchObject({ kind: 'replay', response: CREATED });
      expect(await parts.ledger.succeed(operation, CREATED)).toBe('recorded');
      await expectLoud(operation);
    });

    it('is stored beside the operation that has its key by now', async () => {
      const lost = running(await begin());
      await lose(lost.id);
      const second = running(await begin());
      expect(await parts.ledger.succeed(lost, CREATED)).toBe('recorded');
      expect(await parts.queries.find('demo', lost.id)).toMatchObject({
        state: 'succeeded',
        idempotencyKey: 'key-1',
      });
      expect(await begin()).toMatchObject({ kind: 'in-progress', operation: { id: second.id } });
      expect(errors).toEqual([expect.stringContaining('may have been executed twice')]);
      await parts.ledger.succeed(second, { ...CREATED, status: 200 });
      expect(await begin()).toMatchObject({ kind: 'replay', response: { status: 200 } });
    });

    it('is stored beside the operation that has its exclusive key by now', async () => {
      const lost = running(await begin(PREPARED));
      await parts.ledger.send(lost, SNAPSHOT);
      await lose(lost.id);
      const second = running(await begin({ ...PREPARED, idempotencyKey: 'key-2' }));
      await parts.ledger.unknown(lost);
      expect(await parts.queries.find('demo', lost.id)).toMatchObject({
        state: 'unknown',
        awaits: 'evidence',
        snapshot: SNAPSHOT,
      });
      expect(await parts.ledger.send(second, SNAPSHOT)).toBe(true);
      expect(await parts.ledger.succeed(second, CREATED)).toBe('recorded');
    });

    it('overwrites the row of the attempt before it', async () => {
      const first = running(await begin());
      await parts.ledger.release(first);
      const before = await parts.store.find(first.id);
      const second = running(await begin({ requestId: 'request-2' }));
      const { claim, state, attempts, lease_until, finished_at } = before as NonNullable<typeof before>;
      await set(first.id, { claim, state, attempts, lease_until, finished_at });
      expect(await parts.ledger.succeed(second, CREATED)).toBe('recorded');
      expect(await parts.queries.find('demo', first.id)).toMatchObject({
        state: 'succeeded',
        attempts: 2,
        requestId: 'request-2',
      });
      expect(await begin()).toMatchObject({ kind: 'replay', response: CREATED });
      await expectLoud(second);
    });

    it('is stored beside another attempt that has taken its number', async () => {
      const first = running(await begin());
      await parts.ledger.release(first);
      const second = running(await begin());
      await set(first.id, { claim: first.claim, state: 'released', attempts: 1, lease_until: null });
      const third = running(await begin());
      expect(third).toMatchObject({ id: second.id, attempts: second.attempts });
      await parts.ledger.succeed(second, CREATED);
      expect(await begin()).toMatchObject({ kind: 'in-progress' });
      const { items } = await parts.queries.list({ tenant: 'demo', states: ['succeeded'], limit: 10 });
      expect(items).toMatchObject([{ idempotencyKey: 'key-1', responseStatus: 201 }]);
      expect(items[0]?.id).not.toBe(second.id);
      expect(errors).toEqual([expect.stringContaining('may have been executed twice')]);
    });

    it.each([
      ['claimed', sql<Date>`now() + interval '1 minute'`],
      ['released', null],
    ])('is restored if only its sending was lost, and the row is %s', async (state, lease_until) => {
      const operation = running(await begin(PREPARED));
      await parts.ledger.send(operation, SNAPSHOT);
      await set(operation.id, { state, lease_until, snapshot: null });
      expect(await parts.ledger.unknown(operation)).toBe('recorded');
      expect(await parts.queries.find('demo', operation.id)).toMatchObject({
        state: 'unknown',
        awaits: 'evidence',
        snapshot: SNAPSHOT,
      });
      await expectLoud(operation);
    });
  });

  describe('a response that arrives after the decision', () => {
    const decided = async (decision: 'executed' | 'not_executed') => {
      const operation = running(await begin());
      await parts.ledger.unknown(operation);
      const by = { decision, basis: 'person', by: 'ann', reason: 'asked' } as const;
      await parts.decisions.decide({ tenant: 'demo', id: operation.id, ...by });
      return operation;
    };

    it('is restored if the decided row is lost while the response is recorded', async () => {
      const operation = await decided('not_executed');
      const find = parts.store.find.bind(parts.store);
      parts.store.find = async (id) => {
        const row = await find(id);
        await lose(id);
        return row;
      };
      expect(await parts.ledger.succeed(operation, CREATED)).toBe('recorded');
      parts.store.find = find;
      expect(await parts.queries.find('demo', operation.id)).toMatchObject({ state: 'succeeded' });
      await expectLoud(operation);
    });

    it.each([
      ['not_executed', 'failed', 'succeed', (each: RunningOperation) => parts.ledger.succeed(each, CREATED)],
      ['executed', 'succeeded', 'fail', (each: RunningOperation) => parts.ledger.fail(each, CREATED)],
      ['executed', 'succeeded', 'release', (each: RunningOperation) => parts.ledger.release(each)],
    ] as const)(
      'and contradicts %s is loud and changes nothing that is final',
      async (...[decision, state, end, report]) => {
        const operation = await decided(decision);
        expect(await report(operation)).toBe('superseded');
        expect(await parts.queries.find('demo', operation.id)).toMatchObject({
          state,
          resolution: { decision },
          contradictedAt: expect.any(Date),
          evidence: [{ seen: { ended: end, contradicts: 'the decision' } }],
        });
        expect(errors).toEqual([expect.stringContaining(`operation ${operation.id} (voucher_handout)`)]);
        expect(await metric('tollgate_ledger_contradictions_total')).toEqual([
          `tollgate_ledger_contradictions_total{tenant="demo",kind="voucher_handout",answer="${end}"} 1`,
        ]);
      },
    );

    it.each([
      ['executed', (each: RunningOperation) => parts.ledger.succeed(each, CREATED)],
      ['not_executed', (each: RunningOperation) => parts.ledger.fail(each, CREATED)],
      ['not_executed', (each: RunningOperation) => parts.ledger.release(each)],
      ['not_executed', (each: RunningOperation) => parts.ledger.unknown(each)],
    ] as const)('and does not contradict %s is only kept', async (decision, report) => {
      const operation = await decided(decision);
      expect(await report(operation)).toBe('superseded');
      expect(await parts.queries.find('demo', operation.id)).toMatchObject({
        contradictedAt: null,
        evidence: [{ asked: expect.stringContaining('after the decision') }],
      });
      expect(errors).toEqual([]);
    });

    it('keeps the time of the first contradiction', async () => {
      const operation = await decided('not_executed');
      await parts.ledger.succeed(operation, CREATED);
      const first = (await parts.queries.find('demo', operation.id))?.contradictedAt;
      await set(operation.id, { contradicted_at: new Date(0) });
      await parts.ledger.succeed(operation, CREATED);
      expect(first).toBeInstanceOf(Date);
      expect((await parts.queries.find('demo', operation.id))?.contradictedAt).toEqual(new Date(0));
    });
  });

  it('keeps the id of the migration that a write has started', async () => {
    const subject = { destinationUsername: 'x' };
    const operation = running(await begin({ kind: 'migration_create', subject }));
    await parts.ledger.succeed(operation, { status: 201, body: {} }, [], '789123');
    const found = await parts.queries.find('demo', operation.id);
    expect(found?.subject).toEqual({ ...subject, migrationId: '789123' });
  });
}
