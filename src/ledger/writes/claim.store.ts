import { Injectable, Optional } from '@nestjs/common';
import { CompiledQuery } from 'kysely';
import { randomUUID } from 'node:crypto';
import { type BatchLimits, Batches } from '../../store/batches.js';
import { DatabaseClock } from '../../store/database/database.clock.js';
import { Database } from '../../store/database/database.js';
import type { PreparedStatement, StatementValue } from '../../store/database/pool/prepared.statement.js';
import { violatedIndex } from '../../store/database/unique.violation.js';
import { Metrics } from '../../telemetry/metrics.js';
import {
  type Claim,
  type ClaimResult,
  claimRowOf,
  type FoundClaim,
  isReleased,
  claimKeyOf,
  resultOf,
} from './claim.rows.js';
import {
  ABANDON,
  type AskedRow,
  CLAIM_EXCLUSIVE,
  CLAIM_MANY,
  CLAIM_ONE,
  type ClaimRow,
  FIND_TAKEN,
  SEND,
} from './claim.statements.js';
import { HeldLease } from '../held.lease.js';
import { uuidv7 } from '../operation.id.js';
import { LeaseDuration } from '../lease.duration.js';
import { jsonbText, type OperationRow } from '../operation.rows.js';
import type { Evidence, OperationWrite } from '../operation.types.js';
import { BATCHES, isOutage } from './write.batch.limits.js';

/** One at a time, see CLAIM_EXCLUSIVE; three connections execute several hundred a second. */
const EXCLUSIVE: BatchLimits = { size: 1, concurrent: 3 };

/**
 * A claim that starts later than this on the server has no effect. Below the 6 s after which the driver abandons a
 * statement and the caller is informed that nothing was sent; far above the network latency.
 */
const VALID_MS = 5_000;

/** The second try sees what the first one waited for. */
const ABANDON_TRIES = 2;

/** `late`: it arrived after its deadline, or the estimate of the server time was wrong, which is corrected by now. */
export type SendResult = 'sent' | 'over' | 'late';

/** Result of SEND; kind and tenant only if the state changed to sent. */
interface SentRow {
  readonly kind: string | null;
  readonly tenant: string | null;
  readonly at: number;
  readonly late: boolean;
}

/** Executes the statements that start a write; each is one round trip and one commit. */
@Injectable()
export class ClaimStore {
  readonly #claims = new Batches(
    (rows: readonly ClaimRow[]) => this.#claim(rows),
    BATCHES,
    isOutage,
    claimKeyOf,
  );
  readonly #exclusive = new Batches((rows: readonly ClaimRow[]) => this.#claim(rows), EXCLUSIVE, isOutage);

  readonly #lookups = new Batches(
    (writes: readonly OperationWrite[]) => this.#areFree(writes),
    BATCHES,
    isOutage,
  );

  constructor(
    private readonly database: Database,
    private readonly time: DatabaseClock,
    private readonly lease: LeaseDuration,
    @Optional() private readonly metrics?: Metrics,
  ) {}

  /** Start it before the claim is requested. */
  newLease(): HeldLease {
    return new HeldLease(this.time.process, this.lease.ms);
  }

  /** Time of the database. */
  now(): Date {
    return this.time.now();
  }

  /** @throws DatabaseUnavailableError nothing was claimed */
  async newClaim(): Promise<Claim> {
    await this.time.learned();
    return { id: uuidv7(this.time.now().getTime()), claim: randomUUID() };
  }

  /**
   * Takes the key, or returns the row that holds the key or the exclusive key. A released row of the same request is
   * taken again, under the new claim. Undefined, or a `released` row: another claim won the race, or this one arrived
   * after its deadline; retry with a new claim.
   */
  async claim(write: OperationWrite, claim: Claim): Promise<ClaimResult | undefined> {
    const row = claimRowOf(write, claim);
    const result = await (write.exclusiveKey === null ? this.#claims : this.#exclusive).run(row);
    // A batch takes only free keys.
    const last = isReleased(result) ? (await this.#claim([row]))[0] : result;
    if (last?.mine) this.metrics?.operation(write, write.prepared ? 'prepare' : 'claim');
    return last;
  }

  /**
   * Whether the write could start now: no operation has its key, except a released one, and no unfinished operation has its
   * exclusive key. One round trip, which writes nothing; another claim may come right after it.
   */
  isFree(write: OperationWrite): Promise<boolean> {
    return this.#lookups.run(write);
  }

  /** Sets the current fingerprint of a row of an earlier version, and removes the secrets from its request. */
  async convert(
    { id, fingerprint, request }: Pick<OperationRow, 'id' | 'fingerprint' | 'request'>,
    to: string,
  ): Promise<void> {
    await this.database.run((db) =>
      db
        .updateTable('operations')
        .set({ fingerprint: to, request: jsonbText(request) })
        .where('id', '=', id)
        .where('fingerprint', '=', fingerprint)
        .execute(),
    );
  }

  /** Commits that a prepared operation is possibly sent from now on. `over`: its claim is no longer in force. */
  async send({ id, claim }: Claim, snapshot: unknown): Promise<SendResult> {
    const text = snapshot === null || snapshot === undefined ? null : jsonbText(snapshot);
    const values = [id, this.lease.ms, this.#deadline(), claim, text];
    const [sent] = await this.#run<SentRow>(SEND, values);
    if (!sent) return 'over';
    if (sent.kind === null) return sent.late ? 'late' : 'over';
    this.metrics?.operation({ tenant: sent.tenant ?? '', kind: sent.kind }, 'send');
    return 'sent';
  }

  /**
   * Neutralizes a claim whose confirmation was lost, committed or not: nothing was sent under it, and its caller was
   * informed so.
   * @throws DatabaseUnavailableError call it again
   */
  async abandon(write: OperationWrite, claim: Claim): Promise<void> {
    const evidence: Evidence = {
      at: this.time.now().toISOString(),
      by: 'gateway',
      asked: 'was the intent recorded?',
      seen: 'no confirmation came in time, so nothing was sent',
    };
    const values = [JSON.stringify([claimRowOf(write, claim)]), jsonbText([evidence])];
    for (let tries = 0; tries < ABANDON_TRIES; tries += 1) {
      const statement = CompiledQuery.raw(ABANDON, values);
      const { rows } = await this.database.run((db) => db.executeQuery<{ met: number }>(statement));
      if (rows[0] && rows[0].met > 0) return;
    }
  }

  /** Results in the order of the rows. */
  async #claim(rows: readonly ClaimRow[]): Promise<(ClaimResult | undefined)[]> {
    const [row] = rows;
    const single = row?.exclusive_key === null ? CLAIM_ONE : CLAIM_EXCLUSIVE;
    const values = [JSON.stringify(rows), this.lease.ms, this.#deadline()];
    try {
      const found = await this.#run<FoundClaim>(rows.length === 1 ? single : CLAIM_MANY, values);
      const byClaim = Map.groupBy(found, (each) => each.claim);
      return rows.map((each) => resultOf(byClaim.get(each.claim) ?? [], each));
    } catch (error) {
      // A concurrent claim with the same exclusive key won.
      if (violatedIndex(error) === 'operations_unfinished') return [undefined];
      throw error;
    }
  }

  async #areFree(writes: readonly OperationWrite[]): Promise<boolean[]> {
    const asked: AskedRow[] = writes.map((write, at) => {
      const { tenant, account, caller, kind, fingerprint, exclusiveKey, idempotencyKey } = write;
      const keys = { exclusive_key: exclusiveKey, idempotency_key: idempotencyKey };
      return { at, tenant, account, caller, kind, fingerprint, ...keys };
    });
    const taken = await this.database.execute<{ at: number }>(FIND_TAKEN, [JSON.stringify(asked)]);
    const places = new Set(taken.map(({ at }) => at));
    return writes.map((_, at) => !places.has(at));
  }

  #deadline(): string {
    return new Date(this.time.now().getTime() + VALID_MS).toISOString();
  }

  /** Executes a statement whose last row holds the time of the server. */
  async #run<Row extends object>(
    statement: PreparedStatement,
    values: readonly StatementValue[],
  ): Promise<readonly Row[]> {
    const askedMs = this.time.process.monotonicMs();
    const rows = await this.database.execute<Row>(statement, values);
    const { at } = (rows.at(-1) ?? {}) as { at?: number | null };
    if (typeof at === 'number') this.time.learn(at, askedMs);
    return rows;
  }
}
