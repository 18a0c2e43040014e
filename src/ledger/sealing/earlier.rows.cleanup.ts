import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { Clock } from '../../config/clock.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { Database } from '../../store/database/database.js';
import type { Schema } from '../../store/schema/schema.js';
import { smallestId } from '../operation.id.js';
import { PeriodicTask } from '../../store/jobs/periodic.task.js';
import { type PlainColumns, type CleanedColumns, cleanedColumns } from './cleaned.columns.js';

/** Its row in `background_passes`, inserted by a schema version. */
const PASS = 'seal stored secrets';

/** About 1 MB of text and a few milliseconds of the server: writes are not slowed down. */
const STEP_ROWS = 500;

/** At STEP_ROWS a step: 10 million rows in under 6 hours, less with several replicas. */
const STEP_PAUSE_MS = 1_000;

/** While only rows are left that are too new. */
const IDLE_PAUSE_MS = 60_000;

/** Tolerance for the process clock in ids: the cleanup must not pass by a row of a process whose clock is behind. */
const CLOCK_SKEW_MS = 15 * 60_000;

/** Other processes change a row at most a few times within the milliseconds of a step. */
const UPDATE_TRIES = 5;

/** A row as read; `version` (xmin) changes with every update. */
type FoundRow = PlainColumns & { readonly id: string; readonly version: string };

interface Position {
  readonly position: string | null;
  readonly now: Date;
  readonly until: Date;
  readonly finished_at: Date | null;
}

/** `more`: continue. `idle`: only rows that are too new are left. `over`: finished, for every replica. */
export type CleanupStep = 'more' | 'idle' | 'over';

/**
 * Removes voucher codes and other secrets from rows that an earlier version stored in plain text. Runs once, from the
 * oldest row to those created within a day after the schema update, which may come from replicas of the earlier
 * version. Each step is idempotent and its position is stored: a restart continues there, and concurrent replicas
 * share the rows or process them twice, without effect.
 */
@Injectable()
export class EarlierRowsCleanup implements OnModuleInit, OnApplicationShutdown {
  readonly #log = new Logger('EarlierRowsCleanup');
  readonly #task = new PeriodicTask('EarlierRowsCleanup', STEP_PAUSE_MS, () => this.#work());
  #idleUntilMs = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly settings: SettingsSource,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.#task.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#task.stop();
  }

  /** @throws DatabaseUnavailableError nothing is lost; the step is repeated */
  async step(): Promise<CleanupStep> {
    const at = await this.database.run(readPosition, 'background');
    if (!at || at.finished_at !== null) return 'over';
    const rows = await this.database.run((db) => rowsAfter(db, at), 'background');
    let cleaned = 0;
    for (const row of rows) if (await this.#clean(row)) cleaned += 1;
    if (cleaned > 0) this.#log.log(`removed secrets from ${cleaned} operations of an earlier version`);
    const isLast = rows.length < STEP_ROWS;
    const isOver = isLast && at.now.getTime() - CLOCK_SKEW_MS > at.until.getTime();
    await this.database.run((db) => advance(db, rows.at(-1)?.id ?? null, isOver), 'background');
    if (isOver) return 'over';
    return isLast ? 'idle' : 'more';
  }

  async #work(): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    if (nowMs < this.#idleUntilMs) return;
    const step = await this.step();
    if (step === 'idle') this.#idleUntilMs = nowMs + IDLE_PAUSE_MS;
    if (step === 'over') this.#idleUntilMs = Infinity;
  }

  /** Returns whether the row had to change. */
  async #clean(found: FoundRow): Promise<boolean> {
    let row: FoundRow | undefined = found;
    for (let tries = 0; row && tries < UPDATE_TRIES; tries += 1) {
      const columns = cleanedColumns(row, this.settings.current.ledger.fingerprintKey);
      if (!columns) return false;
      if (await this.#update(row, columns)) return true;
      row = await this.#read(row.id);
    }
    if (!row) return false;
    throw new Error(`operation ${found.id} changes too often to be cleaned; the step is repeated`);
  }

  /** Returns false if another update came first. */
  async #update({ id, version }: FoundRow, columns: CleanedColumns): Promise<boolean> {
    const updated = await this.database.run(
      (db) =>
        db
          .updateTable('operations')
          .set(columns)
          .where('id', '=', id)
          .where(sql<string>`xmin::text`, '=', version)
          .returning('id')
          .execute(),
      'background',
    );
    return updated.length > 0;
  }

  #read(id: string): Promise<FoundRow | undefined> {
    return this.database.run((db) => selectRows(db).where('id', '=', id).executeTakeFirst(), 'background');
  }
}

function readPosition(db: Kysely<Schema>): Promise<Position | undefined> {
  return db
    .selectFrom('background_passes')
    .select(['position', 'until', 'finished_at', sql<Date>`now()`.as('now')])
    .where('name', '=', PASS)
    .executeTakeFirst();
}

function rowsAfter(db: Kysely<Schema>, { position, now }: Position): Promise<FoundRow[]> {
  return selectRows(db)
    .where('id', '<', smallestId(now.getTime() - CLOCK_SKEW_MS))
    .$if(position !== null, (query) => query.where('id', '>', position ?? ''))
    .orderBy('id')
    .limit(STEP_ROWS)
    .execute();
}

function selectRows(db: Kysely<Schema>) {
  return db
    .selectFrom('operations')
    .select(['id', 'fingerprint', 'request', 'evidence', 'snapshot', 'resolution_reason'])
    .select(sql<string>`xmin::text`.as('version'));
}

/** Never moves back: another replica may be further. */
async function advance(db: Kysely<Schema>, to: string | null, isOver: boolean): Promise<void> {
  await db
    .updateTable('background_passes')
    .set({ position: sql`greatest(position, ${to}::uuid)` })
    .$if(isOver, (query) => query.set({ finished_at: sql<Date>`now()` }))
    .where('name', '=', PASS)
    .execute();
}
