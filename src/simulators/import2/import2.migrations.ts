import { randomBytes } from 'node:crypto';
import type { ImportRequest } from './import2.request.js';
import {
  hasReadData,
  nextStatus,
  statusText,
  webhookCode,
  type MigrationStatus,
  type StatusGeneration,
} from './import2.statuses.js';

/** A move of a customer's data from one tool to another. */
export interface Migration {
  /** Digits in a string. */
  readonly id: string;
  /** 32 hex digits; part of the redirect URL, so both are secrets. */
  readonly token: string;
  readonly destinationUsername?: string;
  readonly startFull: boolean;
  paid: boolean;
  status: MigrationStatus;
  /** Milliseconds since 1970, by the simulator's clock. */
  reachedAt: number;
}

/** Called at each status that Import2 reports by webhook. */
export type Announce = (migration: Migration, statusCode: string) => void;

export interface KeptMigrations {
  readonly lastId: number;
  readonly migrations: readonly Migration[];
}

export interface MigrationsOptions {
  readonly stepMs: number;
  readonly now: () => number;
  readonly announce: Announce;
}

/** The counts before the data was read, which are not documented (Import2 G26). */
export type CountsBeforeRead = 'zero' | 'absent';

/** How a migration is rendered. */
export interface MigrationView {
  readonly statusGeneration: StatusGeneration;
  readonly countsBeforeRead: CountsBeforeRead;
}

const NO_ITEMS = { accounts: 0, contacts: 0 };
const NO_USERS = { source_tool: 0, destination_tool: 0, matched: 0 };
const SAMPLE_ITEMS = { accounts: 10, contacts: 25 };
const FULL_ITEMS = { accounts: 180, contacts: 942 };
export const USERS = { source_tool: 12, destination_tool: 9, matched: 7 };

/** All migrations. Each stays `stepMs` in a status. Nothing is scheduled: every read first moves them to the current time. */
export class Migrations {
  readonly #all = new Map<string, Migration>();
  readonly #options: MigrationsOptions;
  #lastId = 700_000;

  constructor(options: MigrationsOptions) {
    this.#options = options;
  }

  /** What is kept from start to start. */
  get kept(): KeptMigrations {
    return { lastId: this.#lastId, migrations: [...this.#all.values()] };
  }

  /** Statuses that were due since are reached without a webhook: Import2 sends none twice, and the receiver was away. */
  restore({ lastId, migrations }: KeptMigrations): void {
    this.#lastId = lastId;
    const now = this.#options.now();
    // The clock may have been ahead, moved by its control.
    for (const migration of migrations) {
      this.#all.set(migration.id, { ...migration, reachedAt: Math.min(migration.reachedAt, now) });
    }
    this.catchUp();
  }

  startIdsAfter(id: number): void {
    this.#lastId = id;
  }

  create(request: ImportRequest): Migration {
    const { destination_username: destinationUsername, start_full } = request;
    const startFull = start_full === true;
    const migration: Migration = {
      id: String((this.#lastId += 1)),
      token: randomBytes(16).toString('hex'),
      ...(destinationUsername ? { destinationUsername } : {}),
      startFull,
      paid: startFull,
      status: 'Collecting credentials',
      reachedAt: this.#options.now(),
    };
    this.#all.set(migration.id, migration);
    return migration;
  }

  /** A completed migration with a fixed id. */
  addExample(id: string, destinationUsername: string): void {
    this.#all.set(id, {
      id,
      token: randomBytes(16).toString('hex'),
      destinationUsername,
      startFull: false,
      paid: false,
      status: 'Migration completed',
      reachedAt: this.#options.now(),
    });
  }

  /** `undefined` for an unknown and for a cancelled migration, which the vendor does not distinguish (Import2 E1). */
  find(id: string): Migration | undefined {
    const migration = this.#all.get(id);
    if (migration) this.#catchUp(migration);
    return migration;
  }

  /** In the order of their creation. */
  findByUsername(username: string): Migration[] {
    this.catchUp();
    return [...this.#all.values()].filter(({ destinationUsername }) => destinationUsername === username);
  }

  /** Moves every migration to the status of the current time. */
  catchUp(): void {
    for (const migration of this.#all.values()) this.#catchUp(migration);
  }

  /** Moves one status on, without waiting. No effect in a final status. */
  advance(migration: Migration): void {
    const next = nextStatus(migration.status, migration);
    if (next) this.#reach(migration, next, this.#options.now());
  }

  /** The customer's undo in Import2's UI. False when there is nothing to undo. */
  undo(migration: Migration): boolean {
    const { status } = migration;
    const undone = status === 'Undo in progress' || status === 'Migration cleaned';
    if (undone || !hasReadData(status, migration)) return false;
    this.#reach(migration, 'Undo in progress', this.#options.now());
    return true;
  }

  cancel(migration: Migration): void {
    this.#all.delete(migration.id);
  }

  #catchUp(migration: Migration): void {
    const { stepMs, now } = this.#options;
    const due = now() - stepMs;
    while (migration.reachedAt <= due) {
      const next = nextStatus(migration.status, migration);
      if (!next) return;
      this.#reach(migration, next, migration.reachedAt + stepMs);
    }
  }

  #reach(migration: Migration, status: MigrationStatus, at: number): void {
    migration.status = status;
    migration.reachedAt = at;
    const code = webhookCode(status, migration);
    if (code) this.#options.announce({ ...migration }, code);
  }
}

/** The import object (Import2 E3), with all fields of the published samples unless the view omits the counts. */
export function importObject(migration: Migration, view: MigrationView): Record<string, unknown> {
  const { id, token, status } = migration;
  const object = { id, token, status: statusText(status, view.statusGeneration) };
  if (!hasReadData(status, migration)) {
    return view.countsBeforeRead === 'absent' ? object : { ...object, items: NO_ITEMS, users: NO_USERS };
  }
  const sample = status.startsWith('Sample') || status === 'In preparation';
  return { ...object, items: sample ? SAMPLE_ITEMS : FULL_ITEMS, users: USERS };
}

/** The response of POST /imports. The path is the last 17 digits of the token and the whole token (Import2 E3). */
export function createdObject({ id, token }: Pick<Migration, 'id' | 'token'>): Record<string, unknown> {
  return { id, token, redirect_url: `https://www.import2.com/imports/${token.slice(-17)}/${token}` };
}
