import { LedgerUnavailableError } from '../../../src/ledger/ledger.errors.js';
import type { Database } from '../../../src/store/database/database.js';
import { aWrite, CREATED, LedgerParts, running } from './ledger.parts.js';

/** Claims, responses, repeats and lease expiry, on any database. */
export function describeWritePath(open: () => Database): void {
  let parts: LedgerParts;

  beforeEach(async () => {
    parts = new LedgerParts(open());
    await parts.clear();
  });

  const begin = (changes = {}) => parts.begin(changes);
  const find = (id: string) => parts.found(id);

  describe('a write', () => {
    it('is recorded as sent before it runs', async () => {
      const { id } = running(await begin());
      const operation = await find(id);
      expect(operation).toMatchObject({
        tenant: 'demo',
        caller: 'shop',
        kind: 'voucher_handout',
        idempotencyKey: 'key-1',
        state: 'sent',
        outcome: null,
        request: { userId: '42', voucherGroupId: '324673248' },
        subject: { userId: '42', voucherGroupId: '324673248' },
        requestId: 'request-1',
        attempts: 1,
        evidence: [],
        resolution: null,
        finishedAt: null,
      });
      expect(Math.abs(operation.createdAt.getTime() - Date.now())).toBeLessThan(10_000);
    });

    it('replays status, body and location after a success', async () => {
      const operation = running(await begin());
      expect(await parts.ledger.succeed(operation, CREATED)).toBe('recorded');
      const repeat = await begin();
      expect(repeat).toMatchObject({ kind: 'replay', operation: { id: operation.id, outcome: 'executed' } });
      expect(repeat).toHaveProperty('response', CREATED);
      expect(JSON.stringify(repeat.kind === 'replay' && repeat.response?.body)).toBe(
        JSON.stringify(CREATED.body),
      );
    });

    it('replays a refusal, and an empty body', async () => {
      const operation = running(await begin());
      await parts.ledger.fail(operation, { status: 409, body: undefined });
      expect(await begin()).toMatchObject({
        kind: 'replay',
        operation: { state: 'failed', outcome: 'not_executed' },
        response: { status: 409, body: undefined },
      });
    });

    it('returns in-progress for a repeat while it runs, with a growing Retry-After', async () => {
      const { id } = running(await begin());
      expect(await begin()).toMatchObject({ kind: 'in-progress', retryAfterSeconds: 1 });
      const aged = await parts.age(id, 2_000);
      const { retryAfterSeconds } = (await begin()) as { retryAfterSeconds: number };
      expect([3, 4, 5]).toContain(retryAfterSeconds);
      await parts.age(aged, 50_000);
      expect(await begin()).toMatchObject({ kind: 'in-progress', retryAfterSeconds: 5 });
    });

    it('returns reused for another request in every state but decided', async () => {
      const other = { fingerprint: 'e'.repeat(64) };
      const operation = running(await begin());
      expect(await begin(other)).toEqual({ kind: 'reused' });
      await parts.ledger.release(operation);
      expect(await begin(other)).toEqual({ kind: 'reused' });
      await parts.ledger.unknown(running(await begin()));
      expect(await begin(other)).toEqual({ kind: 'reused' });
    });

    it.each([
      { tenant: 'other' },
      { caller: 'other' },
      { kind: 'entitlement_grant' as const },
      { idempotencyKey: 'k2' },
    ])('does not conflict with another with %j', async (changes) => {
      running(await begin());
      running(await begin(changes));
    });

    it('runs every time without a key', async () => {
      const first = running(await begin({ idempotencyKey: null }));
      const second = running(await begin({ idempotencyKey: null }));
      expect(first.id).not.toBe(second.id);
      expect((await find(second.id)).idempotencyKey).toBeNull();
    });

    it('runs again after a release, as the next attempt of the same operation', async () => {
      const first = running(await begin());
      expect(await parts.ledger.release(first)).toBe('recorded');
      expect(await find(first.id)).toMatchObject({ state: 'released', outcome: 'not_executed' });
      const second = running(await begin({ requestId: 'request-2' }));
      expect(second.id).toBe(first.id);
      expect(second.claim).not.toBe(first.claim);
      expect(await find(first.id)).toMatchObject({
        state: 'sent',
        attempts: 2,
        requestId: 'request-2',
        finishedAt: null,
      });
    });

    it('lets only one of many concurrent repeats run', async () => {
      const results = await Promise.all(Array.from({ length: 20 }, () => begin()));
      expect(results.filter(({ kind }) => kind === 'run')).toHaveLength(1);
      expect(results.filter(({ kind }) => kind === 'in-progress')).toHaveLength(19);
    });

    it('lets only one of many concurrent repeats take a released key', async () => {
      await parts.ledger.release(running(await begin()));
      const results = await Promise.all(Array.from({ length: 20 }, () => begin()));
      expect(results.filter(({ kind }) => kind === 'run')).toHaveLength(1);
    });

    it('stays unknown for its repeats', async () => {
      const operation = running(await begin());
      await parts.ledger.unknown(operation, [
        { at: '2026-03-04T12:29:06Z', by: 'gateway', asked: 'a', seen: 'b' },
      ]);
      expect(await begin()).toMatchObject({
        kind: 'unknown',
        operation: { id: operation.id, outcome: 'unknown', evidence: [{ asked: 'a', seen: 'b' }] },
      });
    });
  });

  it('shows whether an operation has the key of a write or excludes it, together for many, and records nothing', async () => {
    const exclusive = { account: 'vendor:a', exclusiveKey: 'entitlement 42 1337' };
    running(await begin());
    await parts.ledger.release(running(await begin({ idempotencyKey: 'released' })));
    running(await begin({ idempotencyKey: null, ...exclusive }));
    const asked = [
      { idempotencyKey: 'key-2' },
      { idempotencyKey: null },
      { idempotencyKey: 'released' },
      { idempotencyKey: null, ...exclusive, account: 'vendor:b' },
      { idempotencyKey: 'key-1', caller: 'other' },
      { idempotencyKey: 'key-1' },
      { idempotencyKey: 'released', fingerprint: 'of another request' },
      { idempotencyKey: 'key-3', ...exclusive },
    ];
    const free = await Promise.all(asked.map((changes) => parts.ledger.isFree(aWrite(changes))));
    expect(free).toEqual([true, true, true, true, true, false, false, false]);
    const results = await Promise.all(asked.map((changes) => begin(changes)));
    expect(results.map(({ kind }) => kind === 'run')).toEqual(free);
  });

  describe('a late response', () => {
    it('is recorded after the lease expired, as the best evidence', async () => {
      const operation = running(await begin());
      await parts.endLeases();
      expect(await parts.recovery.sweep()).toHaveLength(1);
      expect(await parts.ledger.succeed(operation, CREATED)).toBe('recorded');
      expect(await begin()).toMatchObject({ kind: 'replay', response: CREATED });
    });

    it('changes no decision and is added to the evidence', async () => {
      const operation = running(await begin());
      await parts.ledger.unknown(operation);
      const decision = { decision: 'not_executed', basis: 'person', by: 'ann', reason: 'asked' } as const;
      await parts.decisions.decide({ tenant: 'demo', id: operation.id, ...decision });
      expect(await parts.ledger.succeed(operation, CREATED)).toBe('superseded');
      const { state, resolution, evidence } = await find(operation.id);
      expect([state, resolution?.decision]).toEqual(['failed', 'not_executed']);
      expect(evidence).toContainEqual(
        expect.objectContaining({ seen: expect.objectContaining({ ended: 'succeed', status: 201 }) }),
      );
    });

    it('of an earlier attempt does not change the current attempt', async () => {
      const first = running(await begin());
      await parts.ledger.release(first);
      running(await begin());
      expect(await parts.ledger.fail(first, CREATED)).toBe('superseded');
      expect(await find(first.id)).toMatchObject({ state: 'sent', attempts: 2 });
    });

    it('is recorded once if it is reported twice', async () => {
      const operation = running(await begin());
      await parts.ledger.succeed(operation, CREATED);
      expect(await parts.ledger.succeed(operation, CREATED)).toBe('recorded');
      expect((await find(operation.id)).evidence).toEqual([]);
    });
  });

  it('costs one round trip before the call and one after', async () => {
    const { ledger, roundTrips } = await parts.counted();
    const operation = running(await ledger.begin(aWrite()));
    expect(roundTrips()).toBe(1);
    await ledger.succeed(operation, CREATED);
    expect(roundTrips()).toBe(2);
    await ledger.begin(aWrite());
    expect(roundTrips()).toBe(3);
  });

  describe('concurrent writes', () => {
    const many = Array.from({ length: 30 }, (_, number) => number);

    it('share round trips, and each has its own operation and response', async () => {
      const { ledger, roundTrips } = await parts.counted();
      await Promise.all(
        many.map(async (number) => {
          const operation = running(await ledger.begin(aWrite({ idempotencyKey: `key-${number}` })));
          await ledger.succeed(operation, { status: 201, body: { number } });
        }),
      );
      expect(roundTrips()).toBeLessThan(many.length);
      for (const number of many) {
        expect(await begin({ idempotencyKey: `key-${number}` })).toMatchObject({
          kind: 'replay',
          response: { body: { number } },
        });
      }
    });

    it('run once each if some share a key, were released before or have no key', async () => {
      await parts.ledger.release(running(await begin({ idempotencyKey: 'key-3' })));
      const keyed = many.map((number) => begin({ idempotencyKey: `key-${number % 10}` }));
      const others = [1, 2, 3].map(() => begin({ idempotencyKey: null }));
      const kinds = (await Promise.all([...keyed, ...others])).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'run')).toHaveLength(10 + 3);
      expect(kinds.filter((kind) => kind === 'in-progress')).toHaveLength(20);
    });

    it('are not affected by one that the database rejects', async () => {
      const spoilt = begin({ idempotencyKey: 'key-0', subject: { destinationUsername: 'NUL \0' } });
      const others = many.slice(1).map((number) => begin({ idempotencyKey: `key-${number}` }));
      await expect(spoilt).rejects.toThrow(LedgerUnavailableError);
      expect((await Promise.all(others)).every(({ kind }) => kind === 'run')).toBe(true);
    });

    it('end independently, also if one was decided before', async () => {
      const operations = await Promise.all(
        many.map(async (number) => running(await begin({ idempotencyKey: `key-${number}` }))),
      );
      const [decided] = operations;
      await parts.endLeases(decided?.id);
      await parts.recovery.sweep();
      const decision = { decision: 'not_executed', basis: 'person', by: 'ann', reason: 'looked' } as const;
      await parts.decisions.decide({ tenant: 'demo', id: decided?.id ?? '', ...decision });
      const results = await Promise.all(operations.map((each) => parts.ledger.succeed(each, CREATED)));
      expect(results).toEqual(['superseded', ...many.slice(1).map(() => 'recorded')]);
    });
  });

  describe('lease expiry', () => {
    it('makes operations with an expired lease unknown, and no others', async () => {
      const dead = running(await begin());
      await parts.endLeases();
      const alive = running(await begin({ idempotencyKey: 'key-2' }));
      expect(await parts.recovery.sweep()).toEqual([
        { id: dead.id, tenant: 'demo', kind: 'voucher_handout', state: 'unknown', awaits: 'person' },
      ]);
      expect(await find(dead.id)).toMatchObject({ state: 'unknown', evidence: [{ by: 'gateway' }] });
      expect((await find(alive.id)).state).toBe('sent');
      expect(await parts.recovery.sweep()).toEqual([]);
    });

    it('processes several batches, and returns each operation once', async () => {
      await Promise.all(Array.from({ length: 250 }, (_, i) => begin({ idempotencyKey: `key-${i}` })));
      await parts.endLeases();
      const other = new LedgerParts(parts.database);
      const found = (await Promise.all([parts.recovery.sweep(), other.recovery.sweep()])).flat();
      expect(found).toHaveLength(250);
      expect(new Set(found.map(({ id }) => id)).size).toBe(250);
    });
  });

  it('reads and writes values identically on both databases', async () => {
    const operation = running(await begin({ request: { list: [1, 'two', null], nested: { a: true } } }));
    await parts.ledger.succeed(operation, CREATED);
    const row = await parts.database.run((db) =>
      db
        .selectFrom('operations')
        .selectAll()
        .select(({ fn }) => fn.countAll<number>().over().as('rows'))
        .executeTakeFirstOrThrow(),
    );
    expect(row).toMatchObject({
      rows: 1,
      id: operation.id,
      attempts: 1,
      key_in_force: true,
      outcome: 'executed',
      request: { list: [1, 'two', null], nested: { a: true } },
      evidence: [],
      answer_status: 201,
      lease_until: null,
      created_at: expect.any(Date),
    });
  });
}
