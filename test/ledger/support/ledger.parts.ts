import { Logger } from '@nestjs/common';
import { sql } from 'kysely';
import { ENTITLEMENT_WRITES } from '../../../src/entitlements/entitlements.writes.js';
import { MIGRATION_WRITES } from '../../../src/migrations/migrations.writes.js';
import { VOUCHER_WRITES } from '../../../src/vouchers/vouchers.writes.js';
import { KindRegistry } from '../../../src/ledger/kind.registry.js';
import { DecisionStore } from '../../../src/ledger/writes/decision.store.js';
import { EvidenceStore } from '../../../src/ledger/writes/evidence.store.js';
import { Clock } from '../../../src/config/clock.js';
import { Secret } from '../../../src/config/secrets/secret.js';
import { LedgerCipher } from '../../../src/ledger/sealing/ledger.cipher.js';
import { ClaimStore } from '../../../src/ledger/writes/claim.store.js';
import { UnwrittenEnds } from '../../../src/ledger/writes/unwritten.ends.js';
import { LostOperationRestorer } from '../../../src/ledger/writes/lost.operation.restorer.js';
import { uuidv7 } from '../../../src/ledger/operation.id.js';
import { OperationQueries } from '../../../src/ledger/queries/operation.queries.js';
import { EndRecorder } from '../../../src/ledger/writes/end.recorder.js';
import { LeaseDuration } from '../../../src/ledger/lease.duration.js';
import { OperationLedger } from '../../../src/ledger/operation.ledger.js';
import { LeaseExpiry } from '../../../src/ledger/upkeep/lease.expiry.js';
import { OperationRetention, RetentionSettings } from '../../../src/ledger/upkeep/operation.retention.js';
import { EndStore } from '../../../src/ledger/writes/end.store.js';
import type {
  BeginResult,
  Operation,
  OperationWrite,
  RunningOperation,
} from '../../../src/ledger/operation.types.js';
import { DatabaseClock } from '../../../src/store/database/database.clock.js';
import { Database } from '../../../src/store/database/database.js';
import type { Metrics } from '../../../src/telemetry/metrics.js';
import type { DatabaseSource } from '../../../src/store/database/database.source.js';

// The parts log every outage and expired lease that the tests cause.
Logger.overrideLogger(false);

/** A clock that tests set. */
export class ShiftedClock extends Clock {
  offsetMs = 0;

  override now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }

  override monotonicMs(): number {
    return super.monotonicMs() + this.offsetMs;
  }
}

export const TEST_CIPHER = new LedgerCipher(
  'k1',
  new Map([['k1', new Secret(Buffer.alloc(32, 7).toString('base64'))]]),
);

export const TEST_KINDS = new KindRegistry([...ENTITLEMENT_WRITES, ...VOUCHER_WRITES, ...MIGRATION_WRITES]);

/** The ledger of one replica, without Nest. */
export class LedgerParts {
  readonly clock = new ShiftedClock();
  readonly time: DatabaseClock;
  readonly claims: ClaimStore;
  readonly store: EndStore;
  readonly late: UnwrittenEnds;
  readonly ledger: OperationLedger;
  readonly queries: OperationQueries;
  readonly decisions: DecisionStore;
  readonly evidence: EvidenceStore;
  readonly recovery: LeaseExpiry;
  readonly retention: OperationRetention;

  constructor(
    readonly database: Database,
    cipher = TEST_CIPHER,
    metrics?: Metrics,
  ) {
    const lease = new LeaseDuration();
    this.time = new DatabaseClock(database, this.clock);
    this.claims = new ClaimStore(database, this.time, lease, metrics);
    this.store = new EndStore(database, TEST_KINDS, metrics);
    const ends = new EndRecorder(
      this.store,
      new LostOperationRestorer(database, this.time, TEST_KINDS),
      this.time,
      metrics,
    );
    this.late = new UnwrittenEnds();
    this.ledger = new OperationLedger(this.claims, ends, this.late, cipher);
    this.queries = new OperationQueries(database, cipher);
    this.decisions = new DecisionStore(database, cipher);
    this.evidence = new EvidenceStore(database);
    this.recovery = new LeaseExpiry(this.store, lease);
    this.retention = new OperationRetention(database, this.time, new RetentionSettings());
  }

  static async open(source: DatabaseSource): Promise<LedgerParts> {
    const database = new Database(source);
    await database.onModuleInit();
    return new LedgerParts(database);
  }

  begin(changes: Parameters<typeof aWrite>[0] = {}): Promise<BeginResult> {
    return this.ledger.begin(aWrite(changes));
  }

  /** The operation as it is stored. @throws Error if there is none */
  async found(id: string): Promise<Operation> {
    const operation = await this.queries.find('demo', id);
    if (!operation) throw new Error('no such operation');
    return operation;
  }

  /** Expires the lease of every running operation, as if the process had died before. */
  async endLeases(id?: string): Promise<void> {
    await this.database.run((db) =>
      db
        .updateTable('operations')
        .set({ lease_until: sql<Date>`now() - interval '1 second'` })
        .where('lease_until', 'is not', null)
        .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
        .execute(),
    );
  }

  /** A ledger on the same database that counts its statements from now on. */
  async counted(): Promise<{ readonly ledger: OperationLedger; readonly roundTrips: () => number }> {
    let count = 0;
    const database = Object.create(this.database) as Database;
    database.run = (work) => {
      count += 1;
      return this.database.run(work);
    };
    database.execute = (statement, values, lane) => {
      count += 1;
      return this.database.execute(statement, values, lane);
    };
    const { ledger, time } = new LedgerParts(database);
    await time.learned();
    count = 0;
    return { ledger, roundTrips: () => count };
  }

  /** Moves start and end of an operation into the past. Returns its id, which changes. */
  async age(id: string, ms: number): Promise<string> {
    const earlier = (column: string) => sql<Date>`${sql.ref(column)} - ${ms} * interval '1 millisecond'`;
    const aged = uuidv7(this.time.now().getTime() - ms);
    await this.database.run((db) =>
      db
        .updateTable('operations')
        .set({
          id: aged,
          created_at: earlier('created_at'),
          sent_at: earlier('sent_at'),
          finished_at: earlier('finished_at'),
          resolved_at: earlier('resolved_at'),
        })
        .where('id', '=', id)
        .execute(),
    );
    return aged;
  }

  async clear(): Promise<void> {
    await this.database.run((db) => db.deleteFrom('operations').execute());
  }

  close(): Promise<void> {
    return this.database.onApplicationShutdown();
  }
}

/** A handout under key `key-1`, with changes. */
export function aWrite(changes: Partial<OperationWrite> = {}): OperationWrite {
  return {
    tenant: 'demo',
    account: null,
    exclusiveKey: null,
    prepared: false,
    caller: 'shop',
    kind: 'voucher_handout',
    idempotencyKey: 'key-1',
    fingerprint: 'f'.repeat(64),
    request: { userId: '42', voucherGroupId: '324673248' },
    subject: { userId: '42', voucherGroupId: '324673248' },
    requestId: 'request-1',
    ...changes,
  };
}

export const CREATED = {
  status: 201,
  body: { b: 1, a: ['x', null] },
  location: '/v1/voucher-handouts/1',
} as const;

/** The operation of a write whose run was allowed. */
export function running(result: BeginResult): RunningOperation {
  if (result.kind !== 'run') throw new Error(`expected to run, but the ledger returned ${result.kind}`);
  return result.operation;
}
