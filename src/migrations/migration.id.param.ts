import { idParam } from '../http/fields/id-param.decorator.js';
import { MIGRATION_ID_LENGTH_MAX } from '../upstreams/import2/import2.types.js';

/** The id of a migration in the path. */
export const MigrationId = idParam('id', {
  description: 'Id of the migration.',
  example: '789123',
  maxLength: MIGRATION_ID_LENGTH_MAX,
});
