import { Injectable } from '@nestjs/common';
import { type SelectQueryBuilder, sql } from 'kysely';
import { Database } from '../../store/database.js';
import type { Schema } from '../../store/schema.js';
import type { OperationKind } from './idempotent.decorator.js';
import { CLOCK_SKEW_MS, EFFECTIVE_STATES, type OtherOperation } from './operation.evidence.js';
import { operationOf, type OperationRow } from './operation.rows.js';
import type { Operation } from './operation.types.js';

/** More on one thing than a person could look through; none of them may be left out, so then nothing is told. */
const OTHERS_MAX = 500;

type Rows = SelectQueryBuilder<Schema, 'operations', OperationRow>;

/**
 * The other operations of a tenant on the same thing that changed it, or may have. By the caller's spelling: a user
 * written once as a number and once as a UUID is two users here.
 */
@Injectable()
export class OtherOperations {
  constructor(private readonly database: Database) {}

  /** Those that were not over when this one began. @throws DatabaseUnavailableError */
  onSameSubject({ id, tenant, subject, sentAt }: Operation, kinds: readonly OperationKind[]) {
    const { userId = null, productId = null, voucherGroupId = null } = subject;
    const from = new Date(sentAt.getTime() - CLOCK_SKEW_MS);
    return this.#find((rows) =>
      rows
        .where('tenant', '=', tenant)
        .where('kind', 'in', kinds)
        .where('id', '<>', id)
        .$if(userId !== null, (query) => query.where('user_id', '=', userId))
        .$if(productId !== null, (query) => query.where('product_id', '=', productId))
        .$if(voucherGroupId !== null, (query) => query.where('voucher_group_id', '=', voucherGroupId))
        .where((eb) => eb.or([eb('state', '<>', 'succeeded'), eb('finished_at', '>=', from)])),
    );
  }

  /** Creations for the same username, however it is written. @throws DatabaseUnavailableError */
  ofSameUsername({ id, tenant, subject }: Operation): Promise<OtherOperation[]> {
    return this.#find((rows) =>
      rows
        .where('tenant', '=', tenant)
        .where('kind', '=', 'migration_create')
        .where('id', '<>', id)
        .where(sql`lower(destination_username)`, '=', sql`lower(${subject.destinationUsername ?? ''})`)
        .where('destination_username', 'is not', null),
    );
  }

  async #find(narrow: (rows: Rows) => Rows): Promise<OtherOperation[]> {
    const rows = await this.database.run((db) =>
      narrow(db.selectFrom('operations').selectAll())
        .where('state', 'in', EFFECTIVE_STATES)
        .limit(OTHERS_MAX + 1)
        .execute(),
    );
    if (rows.length > OTHERS_MAX)
      throw new Error('too many operations on one thing to tell what became of one');
    return rows.map(otherOf);
  }
}

/** Where a creation answers that the migration is. */
const MIGRATION_PATH = '/v1/migrations/';

/** A creation knows its migration from its answer, or from the evidence. */
function otherOf(row: OperationRow): OtherOperation {
  const other = operationOf(row);
  const { answer_location: location } = row;
  if (row.kind !== 'migration_create' || !location?.startsWith(MIGRATION_PATH)) return other;
  return { ...other, subject: { ...other.subject, migrationId: location.slice(MIGRATION_PATH.length) } };
}
