import { UpstreamCountField } from '../../http/fields/fields.js';

/** Numbers of users; null before the upstream has counted them. */
export class MigratedUsersDto {
  @UpstreamCountField({ description: 'Number of users in the source tool.', nullable: true, example: 5 })
  readonly sourceTool: number | null;

  @UpstreamCountField({ description: 'Number of users in the destination tool.', nullable: true, example: 4 })
  readonly destinationTool: number | null;

  @UpstreamCountField({ description: 'Number of users found in both tools.', nullable: true, example: 3 })
  readonly matched: number | null;
}
