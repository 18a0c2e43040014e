import { IdField, UrlField } from '../../http/fields/fields.js';
import { MIGRATION_ID_LENGTH_MAX, type StartedMigration } from '../../upstreams/import2/import2.types.js';

/** A started migration, which waits for its customer. */
export class StartedMigrationDto {
  @IdField({ description: 'Id of the migration.', maxLength: MIGRATION_ID_LENGTH_MAX, example: '789123' })
  readonly id: string;

  @UrlField({
    description:
      'Redirect the customer to this URL to enter credentials. It is a secret: its holder can act for the ' +
      'customer.',
    maxLength: 2_048,
    example: 'https://migrations.example/imports/0000/00000000',
  })
  readonly redirectUrl: string;

  static from({ id, redirectUrl }: StartedMigration): StartedMigrationDto {
    return { id, redirectUrl };
  }
}
