import { ProblemError } from '../problems/problem.error.js';

const ID = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

interface IdRule {
  /** Of the parameter in the path. */
  readonly name: string;
  /** Characters. */
  readonly maxLength: number;
}

/**
 * An id of a path. Letters, digits, `_`, `-` and inner dots only, so that no id can change the path of the vendor's
 * URL (`../`, `%2f`, `;`, `?`).
 * @throws ProblemError validation-failed for anything else
 */
export function validId(id: string, { name, maxLength }: IdRule): string {
  if (id.length <= maxLength && ID.test(id)) return id;
  throw new ProblemError('validation-failed', `The ${name} in the path is not valid.`, {
    errors: [
      {
        pointer: `/path/${name}`,
        detail: `must be 1 to ${maxLength} letters, digits, '_', '-' or inner '.'`,
      },
    ],
  });
}
