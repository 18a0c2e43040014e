import { ObjectsField } from '../../http/fields/fields.js';
import type { MigrationTool } from '../../upstreams/import2/import2.types.js';
import { MigrationToolDto } from './migration-tool.dto.js';

export class MigrationToolsDto {
  @ObjectsField({ description: 'In the order of the upstream.', type: () => MigrationToolDto })
  readonly items: readonly MigrationToolDto[];

  static from(tools: readonly MigrationTool[]): MigrationToolsDto {
    return { items: tools.map((each) => MigrationToolDto.from(each)) };
  }
}
