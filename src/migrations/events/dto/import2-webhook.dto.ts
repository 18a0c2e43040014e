import { IdField, ObjectField, UpstreamCountField, UpstreamTextField } from '../../../http/fields/fields.js';
import { MIGRATION_ID_LENGTH_MAX } from '../../../upstreams/import2/import2.types.js';

/** User counts, with the field names of Import2. */
class Import2WebhookUsersDto {
  @UpstreamCountField({ description: 'Number of users in the source tool.', optional: true, example: 5 })
  readonly source_tool?: number;

  @UpstreamCountField({ description: 'Number of users in the destination tool.', optional: true, example: 4 })
  readonly destination_tool?: number;

  @UpstreamCountField({ description: 'Number of users found in both tools.', optional: true, example: 3 })
  readonly matched?: number;
}

/** The body, with the field names of Import2. Only for the OpenAPI document: the gateway parses the signed bytes. */
export class Import2WebhookDto {
  @IdField({ description: 'Id of the migration.', maxLength: MIGRATION_ID_LENGTH_MAX, example: '789123' })
  readonly id: string;

  @UpstreamTextField({
    description: "Gives access to the customer's migration; stored encrypted and never returned.",
    optional: true,
    example: 'not-a-real-token',
  })
  readonly token?: string;

  @UpstreamTextField({
    description: 'Status, up to 200 characters.',
    optional: true,
    example: 'Sample migration in progress',
  })
  readonly status?: string;

  @UpstreamTextField({ description: 'Free text.', optional: true, example: 'scheduled' })
  readonly status_code?: string;

  @ObjectField({ description: 'Number of users.', type: () => Import2WebhookUsersDto, optional: true })
  readonly users?: Import2WebhookUsersDto;

  @UpstreamCountField({
    description: 'Milliseconds since 1970. Required in a signed webhook.',
    optional: true,
    example: 1_773_059_346_000,
  })
  readonly timestamp?: number;
}
