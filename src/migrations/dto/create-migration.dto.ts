import { FlagField, TextField, UrlField } from '../../http/fields/fields.js';

/** Starts the migration of one customer. */
export class CreateMigrationDto {
  @TextField({
    description: 'The tool to migrate from: a `name` of GET /v1/migration-tools.',
    maxLength: 100,
    example: 'wordpress',
  })
  readonly sourceTool: string;

  @UrlField({
    description:
      "URL of the customer's account in the destination tool, without user and password. It is sent to the " +
      'upstream whole; the gateway stores nothing after the host.',
    maxLength: 2_048,
    optional: true,
    example: 'https://acme.crm.example/',
  })
  readonly destinationInstanceUrl?: string;

  // 320 is the maximum length of an e-mail address.
  @TextField({
    description:
      'Login or e-mail in the destination tool. Without it the migration cannot be listed, and cannot be ' +
      'found if its outcome is unknown.',
    maxLength: 320,
    optional: true,
    example: 'anna@acme.example',
  })
  readonly destinationUsername?: string;

  // Signed tokens reach a few kB; servers refuse headers over 8 kB.
  @TextField({
    description:
      'API token of the customer in the destination tool; sent to the upstream once and never stored.',
    maxLength: 8_192,
    secret: true,
    optional: true,
    example: 'not-a-real-token',
  })
  readonly destinationToken?: string;

  @FlagField({
    description: 'true: skip the sample migration; the tenant pays for the migration.',
    optional: true,
    example: false,
  })
  readonly startFull?: boolean;
}
