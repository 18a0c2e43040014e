import { ProblemError } from '../problems/problem.error.js';

/** The same for an operation that does not exist and for one of another caller, so that ids of others are not revealed. */
export function operationNotFound(): ProblemError {
  return new ProblemError('operation-not-found', 'There is no such operation for this caller and tenant.');
}
