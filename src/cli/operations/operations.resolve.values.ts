import type { AccessValues } from '../gateway/gateway.access.js';
import type { SubjectValues } from './operations.filters.js';

/** The options of `tollgate operations resolve`. */
export interface ResolveValues extends AccessValues, SubjectValues {
  readonly decision?: string;
  readonly reason?: string;
  readonly evidence?: string;
  readonly migrationId?: string;
  readonly ifMatch?: string;
  readonly fromFile?: string;
  readonly asRecommended?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}
