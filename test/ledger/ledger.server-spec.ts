import { sql } from 'kysely';
import type { Database } from '../../src/store/database/database.js';
import { PostgresSource } from '../../src/store/database/database.source.js';
import { describeLedger } from './support/ledger.suite.js';
import { aWrite, CREATED, LedgerParts, running } from './support/ledger.parts.js';
import { PostgresSchema } from './support/postgres.schema.js';

describe('the ledger on PostgreSQL', () => {
  let schema: PostgresSchema;
  let database: Database;
  let replicas: LedgerParts[];

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    replicas = await Promise.all([1, 2].map(() => LedgerParts.open(new PostgresSource(schema.url()))));
    database = (replicas[0] as LedgerParts).database;
  });

  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await schema.drop();
  });

  describeLedger(() => database, 60);

  it.each([
    ['off', 'on'],
    ['local', 'on'],
    ['remote_apply', 'remote_apply'],
  ])('keeps what it has committed, on a server set to %s', async (setting, inForce) => {
    const url = schema.url({}, `-c synchronous_commit=${setting}`);
    const careless = await LedgerParts.open(new PostgresSource(url));
    const { rows } = await careless.database.run((db) => sql`show synchronous_commit`.execute(db));
    await careless.close();
    expect(rows).toEqual([{ synchronous_commit: inForce }]);
  });

  describe('with two replicas', () => {
    beforeEach(() => replicas[0]?.clear());

    /** `count` repeats of each key, concurrent and spread over the replicas. */
    const beginEverywhere = (keys: readonly string[], count: number) =>
      Promise.all(
        keys.flatMap((idempotencyKey) =>
          Array.from({ length: count }, (_, i) =>
            (replicas[i % 2] as LedgerParts).ledger.begin(aWrite({ idempotencyKey })),
          ),
        ),
      );

    it('lets one of many concurrent repeats on any replica run', async () => {
      const keys = Array.from({ length: 30 }, (_, i) => `key-${i}`);
      const results = await beginEverywhere(keys, 8);
      expect(results.filter(({ kind }) => kind === 'run')).toHaveLength(30);
      expect(results.filter(({ kind }) => kind === 'in-progress')).toHaveLength(210);
    });

    it('lets one of many concurrent repeats on any replica take a released key', async () => {
      for (let round = 0; round < 10; round += 1) {
        const ran = (await beginEverywhere(['key-1'], 10)).filter(({ kind }) => kind === 'run');
        expect(ran).toHaveLength(1);
        for (const result of ran) await (replicas[1] as LedgerParts).ledger.release(running(result));
      }
    });

    it('returns the response to a repeat as soon as the first one ends', async () => {
      const [one, two] = replicas as [LedgerParts, LedgerParts];
      for (let round = 0; round < 20; round += 1) {
        const write = aWrite({ idempotencyKey: `key-${round}` });
        const operation = running(await one.ledger.begin(write));
        const [repeat] = await Promise.all([two.ledger.begin(write), one.ledger.succeed(operation, CREATED)]);
        expect(['in-progress', 'replay']).toContain(repeat.kind);
        expect(await two.ledger.begin(write)).toMatchObject({ kind: 'replay', response: CREATED });
      }
    });

    it('never deadlocks with idempotency keys and exclusive keys in any order', async () => {
      for (let round = 0; round < 5; round += 1) {
        await replicas[0]?.clear();
        const writes = Array.from({ length: 160 }, (_, i) =>
          aWrite({
            // Every key with one exclusive key, in another order; every fifth has none.
            idempotencyKey: `key-${(i * 37) % 40}`,
            account: 'one',
            exclusiveKey: (i * 37) % 5 === 0 ? null : `thing-${((i * 37) % 40) % 8}`,
          }),
        );
        const results = await Promise.all(
          writes.map((write, i) => (replicas[i % 2] as LedgerParts).ledger.begin(write)),
        );
        const ran = results.flatMap((result, i) => (result.kind === 'run' ? [writes[i]] : []));
        const exclusiveKeys = ran.flatMap((write) => write?.exclusiveKey ?? []);
        expect(exclusiveKeys.toSorted()).toEqual([...new Set(exclusiveKeys)].toSorted());
        expect(exclusiveKeys).toHaveLength(8);
        expect(ran).toHaveLength(8 + 8);
        // Released keys are taken again in the same way.
        await Promise.all(
          results
            .filter((result) => result.kind === 'run')
            .map(({ operation }) => (replicas[1] as LedgerParts).ledger.release(operation)),
        );
        const again = await Promise.all(
          writes.map((write, i) => (replicas[i % 2] as LedgerParts).ledger.begin(write)),
        );
        expect(again.filter(({ kind }) => kind === 'run')).toHaveLength(16);
      }
    });

    it('ends each operation of a dead replica once', async () => {
      await beginEverywhere(
        Array.from({ length: 150 }, (_, i) => `key-${i}`),
        1,
      );
      await replicas[0]?.endLeases();
      const found = (await Promise.all(replicas.map(({ recovery }) => recovery.sweep()))).flat();
      expect(new Set(found.map(({ id }) => id)).size).toBe(150);
      expect(found).toHaveLength(150);
    });
  });
});
