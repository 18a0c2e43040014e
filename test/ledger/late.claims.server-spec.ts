import { sql } from 'kysely';
import { Client } from 'pg';
import { LedgerUnavailableError } from '../../src/ledger/ledger.errors.js';
import type { OperationWrite } from '../../src/ledger/operation.types.js';
import { PostgresSource } from '../../src/store/database/database.source.js';
import { aWrite, CREATED, LedgerParts, running } from './support/ledger.parts.js';
import { OutageProxy } from './support/outage.proxy.js';
import { PostgresSchema } from './support/postgres.schema.js';
import { until } from '../support/until.js';

const EXCLUSIVE = { account: 'account-1', exclusiveKey: 'user 42' } as const;

describe('a claim that is in transit while its caller is informed that nothing was sent', () => {
  let schema: PostgresSchema;
  let proxy: OutageProxy;
  let parts: LedgerParts;
  /** Connects directly, not through the proxy. */
  let witness: LedgerParts;

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    witness = await LedgerParts.open(new PostgresSource(schema.url()));
  });

  afterAll(async () => {
    await witness.close();
    await schema.drop();
  });

  beforeEach(async () => {
    await witness.clear();
    proxy = await OutageProxy.start(schema.host, schema.port);
    const url = schema.url({ hostname: '127.0.0.1', port: String(proxy.port) });
    parts = await LedgerParts.open(new PostgresSource(url));
    running(await parts.ledger.begin(aWrite({ idempotencyKey: 'warm-up' })));
  });

  afterEach(async () => {
    await parts.close();
    await proxy.close();
  });

  /** All rows but the first one. */
  const rows = async () => {
    const { items } = await witness.queries.list({ tenant: 'demo', limit: 100 });
    return items.filter(({ idempotencyKey }) => idempotencyKey !== 'warm-up');
  };
  const open = async () => (await rows()).filter(({ state }) => state !== 'released');

  /** What a living process does once it reaches the database again. */
  const giveUp = async () => {
    await proxy.set('up');
    await until('what is late is written', async () => {
      await parts.late.flush();
      return parts.late.count === 0;
    });
  };

  /** Waits for this number of statements that wait for a lock. */
  const waiting = async (count: number) => {
    const statement = `select count(*)::int as waiting from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%operations%' and datname = current_database()`;
    await until(`${count} statements wait`, async () => (await schema.query(statement))[0].waiting >= count);
  };

  /** A transaction that locks what the claim needs. */
  async function block(text: string): Promise<Client> {
    const blocker = new Client({ connectionString: schema.url().reveal() });
    await blocker.connect();
    await blocker.query('begin');
    await blocker.query(text);
    return blocker;
  }

  const release = async (changes: Partial<OperationWrite>) =>
    witness.ledger.release(running(await witness.ledger.begin(aWrite(changes))));

  const CASES: [string, Partial<OperationWrite>, boolean][] = [
    ['for a new key', {}, false],
    ['without a key', { idempotencyKey: null }, false],
    ['for a released key', {}, true],
    ['with an exclusive key', EXCLUSIVE, false],
    ['with an exclusive key, for a released key', EXCLUSIVE, true],
    ['of a prepared write', { ...EXCLUSIVE, prepared: true }, false],
  ];

  it.each(CASES)('takes nothing after it was abandoned: %s', async (_, changes, isReleased) => {
    if (isReleased) await release(changes);
    await proxy.set('late');
    const started = parts.ledger.begin(aWrite(changes));
    await until('it is on its way', () => proxy.holds);
    proxy.cut();
    await expect(started).rejects.toThrow(LedgerUnavailableError);
    await giveUp();
    await proxy.deliver();
    expect(await open()).toEqual([]);
    const again = running(await witness.ledger.begin(aWrite(changes)));
    expect(again.attempts).toBe(isReleased ? 2 : 1);
  });

  it.each(CASES)('releases what it took: %s', async (_, changes, isReleased) => {
    if (isReleased) await release(changes);
    await proxy.set('late');
    const started = parts.ledger.begin(aWrite(changes));
    await until('it is on its way', () => proxy.holds);
    proxy.cut();
    await expect(started).rejects.toThrow(LedgerUnavailableError);
    await proxy.deliver();
    expect(await open()).toHaveLength(1);
    await giveUp();
    expect(await open()).toEqual([]);
    running(await witness.ledger.begin(aWrite(changes)));
  });

  it('takes nothing in a batch of claims', async () => {
    await release({ idempotencyKey: 'key-3' });
    await proxy.set('late');
    const started = Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => parts.ledger.begin(aWrite({ idempotencyKey: `key-${i}` }))),
    );
    await until('they are on their way', () => proxy.holds);
    proxy.cut();
    await started;
    await giveUp();
    await proxy.deliver();
    expect(await open()).toEqual([]);
  });

  it('has no effect after its deadline if the process that could abandon it is dead', async () => {
    await proxy.set('late');
    const started = parts.ledger.begin(aWrite());
    // No connection is cut: the driver abandons the statement after 6 s.
    await expect(started).rejects.toThrow(LedgerUnavailableError);
    await proxy.deliver();
    expect(await rows()).toEqual([]);
  });

  it('changes nothing nine seconds late, while its process lives', async () => {
    const { rows: begin } = await witness.database.run((db) =>
      sql<{ late: Date }>`select clock_timestamp() + interval '9 seconds' as late`.execute(db),
    );
    await proxy.set('late');
    await expect(parts.ledger.begin(aWrite())).rejects.toThrow(LedgerUnavailableError);
    await giveUp();
    const isLate = sql<{ late: boolean }>`select clock_timestamp() > ${begin[0]?.late} as late`;
    await until('nine seconds have gone by', async () => {
      const found = await witness.database.run((db) => isLate.execute(db));
      return found.rows[0]?.late ?? false;
    });
    await proxy.deliver();
    expect((await rows()).map(({ state }) => state)).toEqual(['released']);
    running(await witness.ledger.begin(aWrite()));
  });

  describe('a claim that has arrived and waits for a lock', () => {
    it('releases the released key that it takes then', async () => {
      await release({});
      const blocker = await block('update operations set request_id = request_id');
      const started = parts.ledger.begin(aWrite());
      await waiting(1);
      proxy.cut();
      await expect(started).rejects.toThrow(LedgerUnavailableError);
      const given = giveUp();
      await waiting(2);
      await blocker.query('commit');
      await given;
      expect(await open()).toEqual([]);
      await blocker.end();
    });

    it('cannot take a released key that was locked when it was abandoned', async () => {
      await release({});
      const [row] = await rows();
      // As if it had started before, and reached the row after.
      const write = aWrite();
      const claim = await parts.claims.newClaim();
      await parts.claims.abandon(write, claim);
      await witness.database.run((db) => db.deleteFrom('operations').where('id', '=', claim.id).execute());
      expect(await parts.claims.claim(write, claim)).toMatchObject({ mine: false, row: { id: row?.id } });
      expect(await open()).toEqual([]);
    });

    it('fails on the row that was inserted under its id', async () => {
      const taken = `insert into operations (id, claim, tenant, caller, kind, idempotency_key, fingerprint, state,
        request, owner, created_at, sent_at) values (gen_random_uuid(), gen_random_uuid(), 'demo', 'shop',
        'voucher_handout', 'key-1', 'x', 'succeeded', '{}', 'test', now(), now())`;
      const blocker = await block(taken);
      const started = parts.ledger.begin(aWrite());
      await waiting(1);
      proxy.cut();
      await expect(started).rejects.toThrow(LedgerUnavailableError);
      await giveUp();
      await blocker.query('rollback');
      await until('it has ended', async () => {
        const statement = `select count(*)::int as busy from pg_stat_activity
          where state = 'active' and query like '%insert into operations%' and pid <> pg_backend_pid()
            and datname = current_database()`;
        return (await schema.query(statement))[0].busy === 0;
      });
      expect(await open()).toEqual([]);
      await blocker.end();
    });
  });

  describe('the sending of a prepared write in transit', () => {
    const claimed = async () => running(await parts.ledger.begin(aWrite({ ...EXCLUSIVE, prepared: true })));
    const sendLate = async () => {
      const operation = await claimed();
      await proxy.set('late');
      const sent = parts.ledger.send(operation, { granted: false });
      await until('it is on its way', () => proxy.holds);
      proxy.cut();
      await expect(sent).rejects.toThrow(LedgerUnavailableError);
    };

    it('changes nothing after it was abandoned', async () => {
      await sendLate();
      await giveUp();
      await proxy.deliver();
      expect((await rows()).map(({ state }) => state)).toEqual(['released']);
    });

    it('is abandoned after it arrived', async () => {
      await sendLate();
      await proxy.deliver();
      expect((await rows()).map(({ state }) => state)).toEqual(['sent']);
      await giveUp();
      expect((await rows()).map(({ state }) => state)).toEqual(['released']);
    });

    it('has no effect after its deadline', async () => {
      const operation = await claimed();
      await proxy.set('late');
      await expect(parts.ledger.send(operation, null)).rejects.toThrow(LedgerUnavailableError);
      await proxy.deliver();
      expect((await rows()).map(({ state }) => state)).toEqual(['claimed']);
    });
  });

  it('leaves a row with the reason, and the key free', async () => {
    await proxy.set('late');
    const started = parts.ledger.begin(aWrite());
    await until('it is on its way', () => proxy.holds);
    proxy.cut();
    await expect(started).rejects.toThrow(LedgerUnavailableError);
    await giveUp();
    await proxy.deliver();
    expect(await rows()).toMatchObject([
      { state: 'released', outcome: 'not_executed', idempotencyKey: 'key-1', evidence: [{ by: 'gateway' }] },
    ]);
    const next = running(await witness.ledger.begin(aWrite({ fingerprint: 'e'.repeat(64) })));
    await witness.ledger.succeed(next, CREATED);
  });
});
