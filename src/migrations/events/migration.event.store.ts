import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import { Clock } from '../../config/clock.js';
import { LedgerCipher } from '../../ledger/sealing/ledger.cipher.js';
import { uuidv7 } from '../../ledger/operation.id.js';
import { Database } from '../../store/database/database.js';
import type { MigrationEventsTable } from '../../store/schema/schema.js';
import type { MigratedUsers } from '../../upstreams/import2/import2.types.js';
import type { AcceptedEvent } from './webhook.authentication.js';

/** An event of a migration, as sent by the upstream. */
export interface MigrationEvent {
  readonly id: string;
  readonly migrationId: string;
  readonly upstreamStatus: string | null;
  readonly upstreamStatusCode: string | null;
  readonly users: MigratedUsers | null;
  readonly occurredAt: Date | null;
  readonly receivedAt: Date;
}

export interface MigrationEventFilter {
  readonly tenant: string;
  readonly migrationId: string;
  /** Only events received after the one with this id. */
  readonly after?: string;
  readonly limit: number;
}

/** Not the sealed body, of up to 87 kB each. */
const LISTED = [
  'id',
  'migration_id',
  'upstream_status',
  'upstream_status_code',
  'users',
  'occurred_at',
  'received_at',
] as const;

/** Every event of every tenant. Each method throws DatabaseUnavailableError. */
@Injectable()
export class MigrationEventStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly cipher: LedgerCipher,
  ) {}

  /** Stores the event durably. False: it was stored before, by its migration, status and time (Import2 F34). */
  async add({ tenant, step, text, signed }: AcceptedEvent): Promise<boolean> {
    const receivedAt = this.clock.now();
    const id = uuidv7(receivedAt.getTime());
    // Encrypted and bound to this id: the body contains the customer's token.
    const { ciphertext, keyId } = this.cipher.seal(id, text);
    const row = await this.database.run((db) =>
      db
        .insertInto('migration_events')
        .values({
          id,
          tenant,
          migration_id: step.migrationId,
          upstream_status: step.upstreamStatus,
          upstream_status_code: step.upstreamStatusCode,
          users: step.users && JSON.stringify(step.users),
          occurred_at: step.timestampMs === null ? null : new Date(step.timestampMs),
          received_at: receivedAt,
          signed,
          body_sha256: createHash('sha256').update(text).digest('hex'),
          body_ciphertext: ciphertext,
          body_key_id: keyId,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst(),
    );
    return row !== undefined;
  }

  /** Oldest first, in the order in which they were received. */
  async list({ tenant, migrationId, after, limit }: MigrationEventFilter): Promise<MigrationEvent[]> {
    const rows = await this.database.run((db) => {
      const query = db
        .selectFrom('migration_events')
        .select(LISTED)
        .where('tenant', '=', tenant)
        .where('migration_id', '=', migrationId)
        .orderBy('id')
        .limit(limit);
      return (after === undefined ? query : query.where('id', '>', after)).execute();
    }, 'reads');
    return rows.map(eventOf);
  }
}

function eventOf(row: Pick<Selectable<MigrationEventsTable>, (typeof LISTED)[number]>): MigrationEvent {
  return {
    id: row.id,
    migrationId: row.migration_id,
    upstreamStatus: row.upstream_status,
    upstreamStatusCode: row.upstream_status_code,
    users: row.users as MigratedUsers | null,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
  };
}
