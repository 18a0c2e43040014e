import { Injectable, Logger } from '@nestjs/common';
import { DatabaseUnavailableError } from '../store/database/database.errors.js';
import { LedgerCipher } from './sealing/ledger.cipher.js';
import { responseColumns, storedResponseOf } from './sealing/response.columns.js';
import type { Claim, ClaimResult } from './writes/claim.rows.js';
import { ClaimStore, type SendResult } from './writes/claim.store.js';
import { UnwrittenEnds } from './writes/unwritten.ends.js';
import { EndRecorder } from './writes/end.recorder.js';
import { CiphertextUnreadableError, LedgerUnavailableError } from './ledger.errors.js';
import type { OperationRow, ResponseColumns } from './operation.rows.js';
import type { OperationEvent } from './operation.state.js';
import type {
  BeginResult,
  Evidence,
  OperationWrite,
  RecordResult,
  RunningOperation,
  StoredResponse,
} from './operation.types.js';
import { type HeldClaim, resultOfRepeat } from './repeat.result.js';

/** What is recorded with the end of a run. */
interface EndFacts {
  readonly evidence: readonly Evidence[];
  readonly response?: StoredResponse;
  readonly migrationId?: string | null;
}

/** Another claim of the same key can win a race; this does not happen more than once or twice in a row. */
const CLAIM_TRIES = 5;

/** A claim that reaches the server after its deadline is retried as long as the caller can be expected to wait. */
const CLAIM_MS_MAX = 10_000;

/**
 * Records each write before and after its upstream call.
 * - The intent is committed before anything is sent: `begin` throws otherwise.
 * - In between only the holder of the operation may act.
 * - The methods that record an end never throw: the outcome is known by then, and the caller receives it whether or
 *   not the database can store it now.
 */
@Injectable()
export class OperationLedger {
  readonly #log = new Logger('OperationLedger');

  constructor(
    private readonly claims: ClaimStore,
    private readonly ends: EndRecorder,
    private readonly late: UnwrittenEnds,
    private readonly cipher: LedgerCipher,
  ) {}

  /** Time of the database. */
  get now(): Date {
    return this.claims.now();
  }

  /**
   * One round trip. Send the upstream call only on `run` (for a prepared operation only after `send`), then report
   * its end with exactly one of the methods below.
   * @throws LedgerUnavailableError nothing may be sent
   */
  async begin(write: OperationWrite): Promise<BeginResult> {
    if (write.confidential && !this.cipher.canSeal)
      throw new Error('no key for confidential responses is configured');
    const lease = this.claims.newLease();
    for (let tries = 0; tries < CLAIM_TRIES && lease.elapsedMs < CLAIM_MS_MAX; tries += 1) {
      const claim = await this.#newClaim();
      const claimed = await this.#claim(write, claim);
      if (claimed?.mine) {
        const { id, attempts } = claimed;
        const started = { startedAt: this.claims.now(), attempts, snapshot: null };
        return { kind: 'run', operation: { id, claim: claim.claim, write, lease, ...started } };
      }
      if (claimed && (await this.#isConverted(write, claimed))) continue;
      const result =
        claimed && resultOfRepeat(write, claimed, this.claims.now(), (row) => this.#storedResponse(row));
      if (result) return result;
    }
    throw new LedgerUnavailableError(
      new Error('other claims of the key won every time, or the database is too slow'),
    );
  }

  /**
   * Whether `begin` would start the write: no operation has its key or excludes it. One round trip, which records nothing.
   * @throws LedgerUnavailableError
   */
  async isFree(write: OperationWrite): Promise<boolean> {
    try {
      return await this.claims.isFree(write);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) this.#log.error(error);
      throw new LedgerUnavailableError(error);
    }
  }

  /**
   * Call for a prepared operation before the first byte of its write. Returns false if its claim is no longer in
   * force: nothing may be sent.
   * @param snapshot JSON, stored for comparison with a later probe; null: none could be read
   * @throws LedgerUnavailableError nothing may be sent
   */
  async send(operation: RunningOperation, snapshot: unknown): Promise<boolean> {
    operation.lease.restart();
    for (let tries = 0; tries < CLAIM_TRIES && operation.lease.elapsedMs < CLAIM_MS_MAX; tries += 1) {
      const result = await this.#send(operation, snapshot);
      if (result === 'late') continue;
      if (result === 'sent') operation.snapshot = snapshot;
      return result === 'sent';
    }
    await this.release(operation);
    throw new LedgerUnavailableError(new Error('the database is too slow'));
  }

  /** The requested state exists already: nothing is sent, and `response` is stored for the key. */
  alreadySo(
    operation: RunningOperation,
    response: StoredResponse,
    evidence: readonly Evidence[] = [],
  ): Promise<RecordResult> {
    return this.#end(operation, 'already-so', { evidence, response });
  }

  /**
   * The upstream executed it.
   * @param response the response to this request and to every repeat
   * @param migrationId of the migration that it started
   */
  succeed(
    operation: RunningOperation,
    response: StoredResponse,
    evidence: readonly Evidence[] = [],
    migrationId: string | null = null,
  ): Promise<RecordResult> {
    return this.#end(operation, 'succeed', { evidence, response, migrationId });
  }

  /** The upstream definitely refused it: final, and every repeat receives the same refusal. */
  fail(
    operation: RunningOperation,
    response: StoredResponse,
    evidence: readonly Evidence[] = [],
  ): Promise<RecordResult> {
    return this.#end(operation, 'fail', { evidence, response });
  }

  /** It was certainly not executed; the same key may run again. */
  release(operation: RunningOperation, evidence: readonly Evidence[] = []): Promise<RecordResult> {
    return this.#end(operation, 'release', { evidence });
  }

  /** It was sent, and no trustworthy response arrived. */
  unknown(operation: RunningOperation, evidence: readonly Evidence[] = []): Promise<RecordResult> {
    return this.#end(operation, 'lose', { evidence });
  }

  async #newClaim(): Promise<Claim> {
    try {
      return await this.claims.newClaim();
    } catch (error) {
      throw new LedgerUnavailableError(error);
    }
  }

  async #claim(write: OperationWrite, claim: Claim): Promise<ClaimResult | undefined> {
    try {
      return await this.claims.claim(write, claim);
    } catch (error) {
      // The statement may have been committed, or may still reach the server.
      if (error instanceof DatabaseUnavailableError && error.mayHaveCommitted) {
        this.late.addAbandoned(claim.id, () => this.claims.abandon(write, claim));
      } else if (!(error instanceof DatabaseUnavailableError)) {
        this.#log.error(error);
      }
      throw new LedgerUnavailableError(error);
    }
  }

  /** Converts a row of an earlier version that holds the same request to the current fingerprint. True: claim again. */
  async #isConverted(write: OperationWrite, { holds, row }: HeldClaim): Promise<boolean> {
    if (holds !== 'key' || row.fingerprint !== write.formerFingerprint) return false;
    try {
      await this.claims.convert(row, write.fingerprint);
      return true;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) this.#log.error(error);
      throw new LedgerUnavailableError(error);
    }
  }

  /** The release that follows a failed `send` and that `send`, if it still arrives, exclude each other by the state. */
  async #send(operation: RunningOperation, snapshot: unknown): Promise<SendResult> {
    try {
      return await this.claims.send(operation, snapshot);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) this.#log.error(error);
      await this.release(operation);
      throw new LedgerUnavailableError(error);
    }
  }

  /** Without the encryption key the response is lost, but not the outcome. */
  #storedResponse(row: OperationRow): StoredResponse | null {
    try {
      return storedResponseOf(row, this.cipher);
    } catch (error) {
      if (!(error instanceof CiphertextUnreadableError)) throw error;
      this.#log.error(`operation ${row.id}: ${error.message}`);
      return null;
    }
  }

  async #end(
    operation: RunningOperation,
    event: OperationEvent,
    { evidence, response, migrationId = null }: EndFacts,
  ): Promise<RecordResult> {
    const columns = response ? this.#columnsOf(operation, response) : {};
    const write = () => this.ends.record(operation, { event, response: columns, evidence, migrationId });
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) this.#log.error(error);
      this.late.add(operation.id, event, write);
      return 'queued';
    }
  }

  /** A response that cannot be stored must not hide that the call was executed. */
  #columnsOf(operation: RunningOperation, response: StoredResponse): ResponseColumns {
    try {
      const { id, write } = operation;
      return responseColumns({ id, confidential: write.confidential ?? false }, response, this.cipher);
    } catch (error) {
      this.#log.error(error);
      return {};
    }
  }
}
