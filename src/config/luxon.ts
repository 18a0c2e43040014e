import type * as Luxon from 'luxon';
import { createRequire } from 'node:module';

/** The copy that the job queue loads anyway: an `import` would load a second one of 250 kB. */
export const { DateTime, IANAZone } = createRequire(import.meta.url)('luxon') as typeof Luxon;
