import { UpstreamTextField } from '../../http/fields/fields.js';
import type { MigrationTool } from '../../upstreams/import2/import2.types.js';

/** A tool from which customers can be migrated. */
export class MigrationToolDto {
  @UpstreamTextField({ description: 'Value for `sourceTool` of a new migration.', example: 'wordpress' })
  readonly name: string;

  @UpstreamTextField({ description: 'Name to display.', example: 'Wordpress' })
  readonly label: string;

  static from({ name, label }: MigrationTool): MigrationToolDto {
    return { name, label };
  }
}
