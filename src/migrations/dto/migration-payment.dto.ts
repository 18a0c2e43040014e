import { EnumField, IdField } from '../../http/fields/fields.js';
import { MIGRATION_ID_LENGTH_MAX } from '../../upstreams/import2/import2.types.js';

export type PaymentDecision = 'accepted' | 'rejected';

const PAYMENT_DECISIONS = ['accepted', 'rejected'] as const satisfies readonly PaymentDecision[];

/** Who pays for a migration: `accepted` is the tenant, `rejected` leaves it to the customer. */
export class MigrationPaymentDto {
  @IdField({ description: 'Id of the migration.', maxLength: MIGRATION_ID_LENGTH_MAX, example: '789123' })
  readonly migrationId: string;

  @EnumField({
    description: 'The decision about the payment.',
    name: 'PaymentDecision',
    values: PAYMENT_DECISIONS,
    example: 'accepted',
  })
  readonly payment: PaymentDecision;

  static from(migrationId: string, payment: PaymentDecision): MigrationPaymentDto {
    return { migrationId, payment };
  }
}
