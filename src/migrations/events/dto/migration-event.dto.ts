import {
  EnumField,
  IdField,
  ObjectField,
  TimeField,
  UpstreamTextField,
} from '../../../http/fields/fields.js';
import {
  MIGRATION_ID_LENGTH_MAX,
  MIGRATION_STATUSES,
  type MigrationStatus,
} from '../../../upstreams/import2/import2.types.js';
import { statusOf } from '../../../upstreams/import2/import2.status.js';
import { MigratedUsersDto } from '../../dto/migrated-users.dto.js';
import type { MigrationEvent } from '../migration.event.store.js';

/** An event of a migration, as sent by the upstream. */
export class MigrationEventDto {
  @IdField({ description: 'Id of the event.', example: '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f' })
  readonly id: string;

  @IdField({ description: 'Id of the migration.', maxLength: MIGRATION_ID_LENGTH_MAX, example: '789123' })
  readonly migrationId: string;

  @EnumField({
    description: 'The status that the migration reached.',
    name: 'MigrationStatus',
    values: MIGRATION_STATUSES,
    example: 'sample_in_progress',
  })
  readonly status: MigrationStatus;

  @UpstreamTextField({
    description: 'The status as the upstream returned it.',
    nullable: true,
    example: 'Sample migration in progress',
  })
  readonly upstreamStatus: string | null;

  @UpstreamTextField({
    description: 'The status code of the upstream, which publishes no list of codes.',
    nullable: true,
    example: 'scheduled',
  })
  readonly upstreamStatusCode: string | null;

  @ObjectField({
    description: 'Number of users; null before they are counted.',
    type: () => MigratedUsersDto,
    nullable: true,
  })
  readonly users: MigratedUsersDto | null;

  @TimeField({
    description: 'Time of the event according to the upstream; null if it sent none.',
    nullable: true,
  })
  readonly occurredAt: string | null;

  @TimeField({ description: 'When the gateway received the event.' })
  readonly receivedAt: string;

  static from({ occurredAt, receivedAt, users, ...event }: MigrationEvent): MigrationEventDto {
    return {
      id: event.id,
      migrationId: event.migrationId,
      status: statusOf(event.upstreamStatus),
      upstreamStatus: event.upstreamStatus,
      upstreamStatusCode: event.upstreamStatusCode,
      users,
      occurredAt: occurredAt?.toISOString() ?? null,
      receivedAt: receivedAt.toISOString(),
    };
  }
}
