import { FlagField, TextField, UrlField } from '../../http/fields/fields.js';

/** A new migration of one customer. */
export class CreateMigrationDto {
  @TextField({
    description: 'The tool to move from: a `name` of GET /v1/migration-tools.',
    maxLength: 100,
    example: 'wordpress',
  })
  readonly sourceTool: string;

  @UrlField({
    description:
      "Address of the customer's account in the destination, without user and password. It is passed on whole; of what " +
      'is behind its host, nothing is stored.',
    maxLength: 2_048,
    optional: true,
    example: 'https://acme.crm.example/',
  })
  readonly destinationInstanceUrl?: string;

  // 320 is the longest e-mail address there can be.
  @TextField({
    description:
      'Login or e-mail in the destination. Without it the migration can never be listed, nor looked for when its outcome is unknown.',
    maxLength: 320,
    optional: true,
    example: 'anna@acme.example',
  })
  readonly destinationUsername?: string;

  // Signed tokens reach a few kB; servers refuse header-sized tokens over 8 kB.
  @TextField({
    description: 'API token of the customer in the destination; passed on once and never stored.',
    maxLength: 8_192,
    secret: true,
    optional: true,
    example: 'not-a-real-token',
  })
  readonly destinationToken?: string;

  @FlagField({
    description: 'true: no sample first, and the tenant pays for the migration.',
    optional: true,
    example: false,
  })
  readonly startFull?: boolean;
}
