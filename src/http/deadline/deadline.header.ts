import { ApiHeader } from '../api.decorators.js';
import type { RequestDeadline } from '../../telemetry/request.context.js';
import { ProblemError } from '../problems/problem.error.js';

export const DEADLINE_HEADER = 'Tollgate-Deadline-Ms';

/** The longest `totalMs` that settings may have for an upstream. */
const DEADLINE_MS_MAX = 120_000;

const POINTER = `/headers/${DEADLINE_HEADER}`;
const RULE = `must be a whole number of milliseconds from 1 to ${DEADLINE_MS_MAX}`;

/**
 * The value of the header in milliseconds; undefined without one.
 * @throws ProblemError for anything else than one whole number in the range
 */
export function deadlineMsOf(header: string | readonly string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  // A second header arrives joined with a comma.
  const ms = typeof header === 'string' && /^[1-9]\d{0,5}$/.test(header) ? Number(header) : 0;
  if (ms < 1 || ms > DEADLINE_MS_MAX) throw deadlineProblem(RULE);
  return ms;
}

/** Of a write that has less time than one whole call takes. Its repeats get what is stored for their key nevertheless. */
export function problemOfShortDeadline(deadline: RequestDeadline | undefined): ProblemError | undefined {
  const { totalMs = 0, leastMs = 0 } = deadline ?? {};
  if (totalMs >= leastMs) return undefined;
  return deadlineProblem(`must be at least ${leastMs} for this write, the time of one whole call`);
}

/** @param detail completes a sentence that begins with the name of the header */
function deadlineProblem(detail: string): ProblemError {
  return new ProblemError('validation-failed', `The header ${DEADLINE_HEADER} is not valid.`, {
    errors: [{ pointer: POINTER, detail }],
  });
}

/** Documents the header on a route that calls a vendor. */
export function ApiDeadline(): MethodDecorator {
  return ApiHeader({
    name: DEADLINE_HEADER,
    required: false,
    description:
      'Milliseconds that this request may take in all, waiting and retries included; never more than the settings of the ' +
      'upstream allow. A request that cannot be served in this time is refused at once. A write is not sent with less time ' +
      'left than one whole call of the upstream may take: a smaller value is refused with 400.',
    schema: { type: 'integer', minimum: 1, maximum: DEADLINE_MS_MAX },
  });
}
