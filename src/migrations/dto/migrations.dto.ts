import { ObjectsField } from '../../http/fields/fields.js';
import type { Migration } from '../../upstreams/import2/import2.types.js';
import { MigrationDto } from './migration.dto.js';

export class MigrationsDto {
  @ObjectsField({ description: 'In the order of the upstream.', type: () => MigrationDto })
  readonly items: readonly MigrationDto[];

  static from(migrations: readonly Migration[]): MigrationsDto {
    return { items: migrations.map((each) => MigrationDto.from(each)) };
  }
}
