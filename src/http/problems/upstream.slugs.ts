import type { ProblemSlug } from './problem.types.js';

const UPSTREAM_TROUBLE = [
  'upstream-misconfigured',
  'upstream-unavailable',
  'upstream-throttled',
  'upstream-rejected',
] as const satisfies readonly ProblemSlug[];

/** What any route that reads from an upstream can answer with: `@ApiProblems(...UPSTREAM_READ, …)`. */
export const UPSTREAM_READ = [...UPSTREAM_TROUBLE, 'upstream-garbled'] as const;

/** The same for a write; `@Idempotent` already documents the unknown outcome. */
export const UPSTREAM_WRITE = UPSTREAM_TROUBLE;

/** A write that is not sent when what it is about cannot be read first: the problem is then that of the read. */
export const UPSTREAM_PREPARED_WRITE = UPSTREAM_READ;
