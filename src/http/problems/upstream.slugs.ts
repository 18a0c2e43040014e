import type { ProblemSlug } from './problem.types.js';

/** Problems of a write that an upstream does not take; `@Idempotent` documents them with the unknown outcome. */
export const UPSTREAM_WRITE = [
  'upstream-misconfigured',
  'upstream-unavailable',
  'upstream-throttled',
  'upstream-rejected',
] as const satisfies readonly ProblemSlug[];

/** Problems of any route that reads from an upstream, and of a write that is not sent when that read fails. */
export const UPSTREAM_READ = [
  ...UPSTREAM_WRITE,
  'upstream-garbled',
] as const satisfies readonly ProblemSlug[];
