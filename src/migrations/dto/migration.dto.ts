import { CountsField, EnumField, IdField, ObjectField, UpstreamTextField } from '../../http/fields/fields.js';
import {
  MIGRATION_ID_LENGTH_MAX,
  MIGRATION_STATUSES,
  type Migration,
  type MigrationStatus,
} from '../../upstreams/import2/import2.types.js';
import { MigratedUsersDto } from './migrated-users.dto.js';

/** A migration and its status. */
export class MigrationDto {
  @IdField({ description: 'Id of the migration.', maxLength: MIGRATION_ID_LENGTH_MAX, example: '789123' })
  readonly id: string;

  @EnumField({
    description: 'Status of the migration. Cancelled and archived migrations have none: they return 404.',
    name: 'MigrationStatus',
    values: MIGRATION_STATUSES,
    example: 'sample_completed',
  })
  readonly status: MigrationStatus;

  @UpstreamTextField({
    description: 'The status as the upstream returned it.',
    nullable: true,
    example: 'Sample migration completed',
  })
  readonly upstreamStatus: string | null;

  @CountsField({
    name: 'ItemCounts',
    description: 'Number of items of each type; null before they are counted.',
    nullable: true,
    example: { accounts: 123, contacts: 234 },
  })
  readonly items: Readonly<Record<string, number>> | null;

  @ObjectField({
    description: 'Number of users; null before they are counted.',
    type: () => MigratedUsersDto,
    nullable: true,
  })
  readonly users: MigratedUsersDto | null;

  static from({ id, status, upstreamStatus, items, users }: Migration): MigrationDto {
    return { id, status, upstreamStatus, items, users };
  }
}
