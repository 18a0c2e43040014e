import { Injectable, Logger, Optional } from '@nestjs/common';
import { CompiledQuery } from 'kysely';
import { Clock } from '../../config/clock.js';
import { DatabaseUnavailableError, messageOf } from '../../store/database/database.errors.js';
import { Database } from '../../store/database/database.js';
import { PreparedStatement } from '../../store/database/pool/prepared.statement.js';
import { FENCE_INDEX } from '../../store/schema/fence.schema.js';
import { FenceBatch } from './fence.batch.js';
import { FenceUnavailableError, type UserFence } from './user.fence.js';

/** A read takes about a millisecond; beyond this, asking the vendor takes no longer than waiting. */
const DEADLINE_MS = 50;

const NUMERIC = /^\d+$/;

/** Pause between two checks whether the index is there: its build may take minutes. */
const INDEX_PAUSE_MS = 5_000;

/** What a standby knows may be older than what callers know. A server that takes over has another start time. */
const READ_FENCES = new PreparedStatement(
  `select extract(epoch from pg_postmaster_start_time())::text as server,
    case when not pg_is_in_recovery() then operations_fences($1::text[], $2::text[]) end as fences`,
);

const HAS_INDEX = CompiledQuery.raw(
  `select from pg_index where indexrelid = to_regclass('${FENCE_INDEX.name}') and indisvalid`,
);

interface ReadFences {
  readonly server: string;
  readonly fences: string | null;
}

/**
 * Reads what the ledger knows of the writes to users' entitlements. All reads of one turn of the event loop are one
 * statement, and so are those that arrive while it is under way; no read joins a statement that has been sent.
 *
 * What is read at a vendor after a fence with revision R was read, contains every write that any replica had
 * responded to before, and stays current for as long as a later read returns R and no open operation: a number is taken before the
 * intent of a write is committed, which precedes its sending, and again after its end, which precedes its response.
 */
@Injectable()
export class UserFences {
  readonly #log = new Logger('UserFences');
  #waiting: FenceBatch[] = [];
  #running: FenceBatch | undefined;
  #hasIndex = false;
  #indexCheckedMs = -Infinity;
  #server = '';
  /** Distinguishes servers: one that took over may have lost numbers, and gives them out again. */
  #epoch = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Optional() private readonly deadlineMs: number = DEADLINE_MS,
  ) {}

  /**
   * @param account vendor account, as in operations
   * @param userId numeric; the ledger does not know which number a UUID belongs to
   * @throws FenceUnavailableError after 50 ms at most; at once while the database does not respond
   */
  read(account: string, userId: string): Promise<UserFence> {
    if (!NUMERIC.test(userId)) {
      return Promise.reject(new TypeError('a fence is read by the number of a user'));
    }
    if (this.#running?.isOverdue) {
      return Promise.reject(new FenceUnavailableError('the database does not respond'));
    }
    return this.#batch().read(account, userId);
  }

  #batch(): FenceBatch {
    const last = this.#waiting.at(-1);
    if (last && !last.isFull && !last.isOverdue) return last;
    const batch = new FenceBatch(this.deadlineMs);
    this.#waiting.push(batch);
    setImmediate(() => this.#start());
    return batch;
  }

  #start(): void {
    if (this.#running) return;
    this.#waiting = this.#waiting.filter(({ isOverdue }) => !isOverdue);
    const batch = this.#waiting.shift();
    if (!batch) return;
    this.#running = batch;
    void this.#carryOut(batch).finally(() => {
      this.#running = undefined;
      this.#start();
    });
  }

  async #carryOut(batch: FenceBatch): Promise<void> {
    try {
      batch.settle(...(await this.#read(batch)));
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError || error instanceof FenceUnavailableError)) {
        this.#log.error(error);
      }
      batch.fail(
        error instanceof FenceUnavailableError ? error : new FenceUnavailableError(messageOf(error), error),
      );
    }
  }

  async #read({ asked }: FenceBatch): Promise<[epoch: number, fences: readonly string[]]> {
    if (!(await this.#indexIsThere())) throw new FenceUnavailableError('its index is being built');
    const [row] = await this.database.execute<ReadFences>(READ_FENCES, asked, 'fences');
    if (!row || row.fences === null) throw new FenceUnavailableError('the server is a standby');
    if (row.server !== this.#server) this.#epoch += 1;
    this.#server = row.server;
    return [this.#epoch, row.fences.split(',')];
  }

  async #indexIsThere(): Promise<boolean> {
    const nowMs = this.clock.monotonicMs();
    if (this.#hasIndex || nowMs - this.#indexCheckedMs < INDEX_PAUSE_MS) return this.#hasIndex;
    const { rows } = await this.database.run((db) => db.executeQuery(HAS_INDEX), 'fences');
    this.#hasIndex = rows.length > 0;
    this.#indexCheckedMs = nowMs;
    return this.#hasIndex;
  }
}
