import { UserFences } from '../../src/ledger/fence/user.fences.js';
import { Clock } from '../../src/config/clock.js';
import { PostgresSource } from '../../src/store/database/database.source.js';
import { until } from '../support/until.js';
import { aWrite, CREATED, LedgerParts, running, ShiftedClock } from './support/ledger.parts.js';
import { describeFences } from './support/fences.suite.js';
import { PostgresSchema } from './support/postgres.schema.js';

/** No machine is so slow. */
const LONG_MS = 600_000;

/** More than the pause between two checks of the index. */
const INDEX_PAUSE_MS = 6_000;

describe('fences on PostgreSQL', () => {
  let schema: PostgresSchema;
  let replicas: readonly [LedgerParts, LedgerParts];

  const open = () => LedgerParts.open(new PostgresSource(schema.url()));

  beforeAll(async () => {
    schema = await PostgresSchema.create();
    replicas = [await open(), await open()];
  });

  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await schema.drop();
  });

  describeFences(
    () => replicas[0].database,
    () => replicas[1].database,
  );

  it('change with the writes of every replica in turn', async () => {
    const fences = new UserFences(replicas[0].database, new Clock(), LONG_MS);
    const revisions = new Set<string>();
    for (let turn = 0; turn < 6; turn += 1) {
      const { ledger } = replicas[turn % 2] as LedgerParts;
      const write = aWrite({
        kind: 'entitlement_grant',
        account: 'spid:turns',
        idempotencyKey: `turn-${turn}`,
        subject: { userId: '42', productId: '1337' },
      });
      await ledger.succeed(running(await ledger.begin(write)), CREATED);
      revisions.add((await fences.read('spid:turns', '42')).revision);
    }
    expect(revisions.size).toBe(6);
  });

  it('are read only while their index is there, which the next start builds', async () => {
    const clock = new ShiftedClock();
    const fences = new UserFences(replicas[0].database, clock, LONG_MS);
    const read = () => fences.read('spid:a', '42');
    await schema.query('drop index operations_fence');
    await expect(read()).rejects.toThrow(/index is being built/);
    const next = await open();
    await until('it is built', async () => {
      const valid = `select from pg_index where indexrelid = to_regclass('operations_fence') and indisvalid`;
      return (await schema.query(valid)).length === 1;
    });
    clock.offsetMs += INDEX_PAUSE_MS;
    await expect(read()).resolves.toEqual({ isOpen: false, revision: expect.any(String) });
    await next.close();
  });
});
