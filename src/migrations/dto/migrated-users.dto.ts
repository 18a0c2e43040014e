import { UpstreamCountField } from '../../http/fields/fields.js';

/** Users found in both tools; null where the upstream has not counted yet. */
export class MigratedUsersDto {
  @UpstreamCountField({ description: 'Users in the tool moved from.', nullable: true, example: 5 })
  readonly sourceTool: number | null;

  @UpstreamCountField({ description: 'Users in the tool moved to.', nullable: true, example: 4 })
  readonly destinationTool: number | null;

  @UpstreamCountField({ description: 'Users found in both.', nullable: true, example: 3 })
  readonly matched: number | null;
}
