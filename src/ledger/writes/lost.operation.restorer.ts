import { Injectable } from '@nestjs/common';
import { type InsertObject, sql } from 'kysely';
import { DatabaseClock } from '../../store/database/database.clock.js';
import { Database } from '../../store/database/database.js';
import type { Schema } from '../../store/schema/schema.js';
import { violatedIndex } from '../../store/database/unique.violation.js';
import { PROCESS_NAME } from './claim.rows.js';
import { KindRegistry } from '../kind.registry.js';
import { uuidv7 } from '../operation.id.js';
import { endColumns, jsonbText, writeColumns } from '../operation.rows.js';
import { stateAfter, UNFINISHED_STATES } from '../operation.state.js';
import { resolutionColumns } from './end.statements.js';
import type { RunEnd } from './end.store.js';
import type { Evidence, RunningOperation } from '../operation.types.js';

/**
 * `row`: restored with its key in force. `beside`: another operation has its key or exclusive key by now; both rows
 * stay.
 */
export type RestoredAs = 'row' | 'beside';

type NewRow = InsertObject<Schema, 'operations'>;

/** Each of three unique indexes can reject the row once. */
const TRIES = 4;

/** Restores the rows of operations that ran and that the database has lost. */
@Injectable()
export class LostOperationRestorer {
  constructor(
    private readonly database: Database,
    private readonly time: DatabaseClock,
    private readonly kinds: KindRegistry,
  ) {}

  /** @throws DatabaseUnavailableError call it again */
  async restore(operation: RunningOperation, end: RunEnd): Promise<RestoredAs> {
    const note: Evidence = {
      at: this.time.now().toISOString(),
      by: 'gateway',
      asked: 'does the database still have the claim?',
      seen: 'no: it was put back with the end of the run',
    };
    const noted = { ...end, evidence: [...end.evidence, note] };
    const changes: Partial<NewRow> = {};
    for (let tries = 0; tries < TRIES; tries += 1) {
      const rejectedBy = await this.#write(operation, noted, changes);
      if (rejectedBy === undefined) return Object.keys(changes).length === 0 ? 'row' : 'beside';
      Object.assign(changes, this.#changesFor(rejectedBy));
    }
    throw new Error(`operation ${operation.id} cannot be put back`);
  }

  /** The column values to change if an index rejects the row: the fact that it ran is always kept. */
  #changesFor(index: string): Partial<NewRow> {
    switch (index) {
      case 'operations_key':
        return { key_in_force: false };
      case 'operations_unfinished':
        return { exclusive_key: null };
      default:
        // The id belongs to an attempt that another process has started since.
        return { id: uuidv7(this.time.now().getTime()), key_in_force: false };
    }
  }

  /** Returns the index that rejects the row; undefined once it is written. */
  async #write(
    operation: RunningOperation,
    end: RunEnd,
    changes: Partial<NewRow>,
  ): Promise<string | undefined> {
    try {
      if (!(await this.#overwrite(operation, end, changes))) await this.#insert(operation, end, changes);
      return undefined;
    } catch (error) {
      const index = violatedIndex(error);
      if (index === undefined) throw error;
      return index;
    }
  }

  /**
   * Overwrites a row that is in the state before this attempt, or before its sending. Returns false if there is none.
   */
  async #overwrite(operation: RunningOperation, end: RunEnd, changes: Partial<NewRow>): Promise<boolean> {
    const { id, claim, attempts } = operation;
    if (changes.id !== undefined) return false;
    const restored = await this.database.run((db) =>
      db
        .updateTable('operations')
        .set({
          ...this.#factsOf(operation, end),
          ...(changes.exclusive_key === null ? { exclusive_key: null } : {}),
          evidence: sql`evidence || ${jsonbText(end.evidence)}::jsonb` as never,
        })
        .where('id', '=', id)
        .where('resolved_at', 'is', null)
        .where('state', 'in', [...UNFINISHED_STATES, stateAfter('release')])
        .where((eb) => eb.or([eb('attempts', '<', attempts), eb('claim', '=', claim)]))
        .returning('id')
        .execute(),
    );
    return restored.length > 0;
  }

  async #insert(operation: RunningOperation, end: RunEnd, changes: Partial<NewRow>): Promise<void> {
    const { id, write, startedAt } = operation;
    const row: NewRow = {
      ...writeColumns(write),
      ...this.#factsOf(operation, end),
      id,
      created_at: startedAt,
      evidence: jsonbText(end.evidence),
      ...changes,
    };
    await this.database.run((db) => db.insertInto('operations').values(row).execute());
  }

  /** Everything that this process knows of its attempt and of its end. */
  #factsOf({ claim, attempts, write, snapshot, startedAt }: RunningOperation, end: RunEnd) {
    const { event, response, migrationId } = end;
    const hasSnapshot = snapshot !== null;
    return {
      ...endColumns(event),
      ...response,
      ...resolutionColumns(event),
      ...(migrationId === null ? {} : { migration_id: migrationId }),
      claim,
      attempts,
      owner: PROCESS_NAME,
      request_id: write.requestId,
      sent_at: startedAt,
      snapshot: hasSnapshot ? jsonbText(snapshot) : null,
      awaits: event === 'lose' ? this.kinds.awaitsOf(write.kind, hasSnapshot) : null,
    };
  }
}
