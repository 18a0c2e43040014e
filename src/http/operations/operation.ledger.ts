import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Clock } from '../../config/clock.js';
import { DatabaseUnavailableError } from '../../store/database.errors.js';
import { AnswerCipher } from './answer.cipher.js';
import { answerColumns, answerOf } from './answer.columns.js';
import type { Claim, ClaimResult } from './claim.rows.js';
import { LateRecords } from './late.records.js';
import { LeaseWatch } from './lease.watch.js';
import { AnswerUnreadableError, LedgerUnavailableError } from './operation.errors.js';
import { uuidv7 } from './operation.id.js';
import { type AnswerColumns, operationOf, type OperationRow } from './operation.rows.js';
import type { OperationEvent, OperationState } from './operation.state.js';
import { OperationStore } from './operation.store.js';
import type {
  BeginResult,
  Evidence,
  OperationWrite,
  RecordResult,
  RunningOperation,
  StoredAnswer,
} from './operation.types.js';

/** Another claim of the same key can win the same moment; more than once or twice in a row does not happen. */
const CLAIM_TRIES = 5;

/** Most writes take under a second, the longest 25 s: a repeat is worth trying after as long as it has run already. */
const RETRY_AFTER_SECONDS = { min: 1, max: 5 } as const;

/**
 * The intent is committed before anything is sent, the answer after; between the two only the holder of the
 * operation may act. `begin` throws unless the intent is committed. The methods that record never throw: by then
 * the truth is at hand, and the caller gets it, whether or not the database can take it now.
 */
@Injectable()
export class OperationLedger {
  readonly #log = new Logger('OperationLedger');

  constructor(
    private readonly store: OperationStore,
    private readonly late: LateRecords,
    private readonly cipher: AnswerCipher,
    private readonly clock: Clock,
  ) {}

  /**
   * One round trip. Send the call only on `run`, and then report its end with exactly one of the methods below.
   * @throws LedgerUnavailableError nothing may be sent
   */
  async begin(write: OperationWrite): Promise<BeginResult> {
    if (write.confidential && !this.cipher.canSeal)
      throw new Error('no key for confidential answers is configured');
    const lease = new LeaseWatch(this.clock, this.store.leaseMs);
    const claim: Claim = { id: uuidv7(this.clock.now().getTime()), claim: randomUUID() };
    for (let tries = 0; tries < CLAIM_TRIES; tries += 1) {
      const claimed = await this.#claim(write, claim);
      if (claimed?.mine) {
        const { confidential = false } = write;
        return { kind: 'run', operation: { id: claimed.id, claim: claim.claim, confidential, lease } };
      }
      const result = claimed && this.#held(write, claimed.row);
      if (result) return result;
    }
    throw new LedgerUnavailableError(new Error('the key changes hands too often'));
  }

  /**
   * Of a prepared operation, before the first byte of its write. False: the claim is not in force any more, and nothing
   * may be sent. `snapshot` is JSON, kept to be compared with what is there afterwards; null: none could be read.
   * @throws LedgerUnavailableError nothing may be sent
   */
  async send(operation: RunningOperation, snapshot: unknown): Promise<boolean> {
    operation.lease.restart();
    try {
      return await this.store.send(operation, snapshot);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) this.#log.error(error);
      await this.release(operation);
      throw new LedgerUnavailableError(error);
    }
  }

  /** What a prepared operation asks for is so already: nothing is sent, and `answer` is kept for its key. */
  alreadySo(
    operation: RunningOperation,
    answer: StoredAnswer,
    evidence: readonly Evidence[] = [],
  ): Promise<RecordResult> {
    return this.#end(operation, 'already-so', evidence, answer);
  }

  /** The upstream executed it. `answer` is what the caller gets now and for every repeat. */
  succeed(
    operation: RunningOperation,
    answer: StoredAnswer,
    evidence: readonly Evidence[] = [],
  ): Promise<RecordResult> {
    return this.#end(operation, 'succeed', evidence, answer);
  }

  /** The upstream definitely refused it: final, and the refusal is replayed for every repeat. */
  fail(
    operation: RunningOperation,
    answer: StoredAnswer,
    evidence: readonly Evidence[] = [],
  ): Promise<RecordResult> {
    return this.#end(operation, 'fail', evidence, answer);
  }

  /** It certainly was not executed and may be tried again under the same key. */
  release(operation: RunningOperation, evidence: readonly Evidence[] = []): Promise<RecordResult> {
    return this.#end(operation, 'release', evidence);
  }

  /** It left, and no answer came that can be trusted. */
  unknown(operation: RunningOperation, evidence: readonly Evidence[] = []): Promise<RecordResult> {
    return this.#end(operation, 'lose', evidence);
  }

  async #claim(write: OperationWrite, claim: Claim): Promise<ClaimResult | undefined> {
    try {
      return await this.store.claim(write, claim);
    } catch (error) {
      // With a cause, a statement was on its way and may have been committed: then the key must be freed later.
      if (error instanceof DatabaseUnavailableError && error.cause !== undefined) {
        this.late.add(claim.id, () => this.store.abandon(write, claim));
      } else if (!(error instanceof DatabaseUnavailableError)) {
        this.#log.error(error);
      }
      throw new LedgerUnavailableError(error);
    }
  }

  /** Undefined: the row was on its way to another state while it was read. */
  #held(write: OperationWrite, row: OperationRow): BeginResult | undefined {
    if (row.fingerprint !== write.fingerprint) return { kind: 'reused' };
    const operation = operationOf(row);
    switch (row.state as OperationState) {
      case 'succeeded':
      case 'failed':
        return { kind: 'replay', operation, answer: this.#storedAnswer(row) };
      case 'claimed':
      case 'sent':
        return { kind: 'in-progress', operation, retryAfterSeconds: this.#retryAfterSeconds(row.sent_at) };
      case 'unknown':
        return { kind: 'unknown', operation };
      case 'released':
        return undefined;
      default:
        return row.state as never;
    }
  }

  /** A key that is gone takes away the answer, not what is known of the outcome. */
  #storedAnswer(row: OperationRow): StoredAnswer | null {
    try {
      return answerOf(row, this.cipher);
    } catch (error) {
      if (!(error instanceof AnswerUnreadableError)) throw error;
      this.#log.error(`operation ${row.id}: ${error.message}`);
      return null;
    }
  }

  #retryAfterSeconds(sentAt: Date): number {
    const runningSeconds = Math.ceil((this.clock.now().getTime() - sentAt.getTime()) / 1_000);
    return Math.min(Math.max(runningSeconds, RETRY_AFTER_SECONDS.min), RETRY_AFTER_SECONDS.max);
  }

  async #end(
    operation: RunningOperation,
    event: OperationEvent,
    evidence: readonly Evidence[],
    answer?: StoredAnswer,
  ): Promise<RecordResult> {
    const columns = answer ? this.#columnsOf(operation, answer) : {};
    const write = () => this.#record(operation, event, columns, evidence);
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) this.#log.error(error);
      this.late.add(operation.id, write);
      return 'queued';
    }
  }

  /** An answer that cannot be stored must not hide that the call was executed. */
  #columnsOf(operation: RunningOperation, answer: StoredAnswer): AnswerColumns {
    try {
      return answerColumns(operation, answer, this.cipher);
    } catch (error) {
      this.#log.error(error);
      return {};
    }
  }

  async #record(
    operation: RunningOperation,
    event: OperationEvent,
    columns: AnswerColumns,
    evidence: readonly Evidence[],
  ): Promise<RecordResult> {
    if (await this.store.record(operation, event, columns, evidence)) return 'recorded';
    const seen = { ended: event, ...(columns.answer_status ? { status: columns.answer_status } : {}) };
    const late: Evidence = {
      at: this.clock.now().toISOString(),
      by: 'gateway',
      asked: 'how did the attempt end? (told after the decision)',
      seen,
    };
    return (await this.store.keepAsEvidence(operation, event, late)) ? 'superseded' : 'recorded';
  }
}
