import { completedProblem, problemBody } from './problem.body.js';
import { ProblemError } from './problem.error.js';

describe('the body of a problem', () => {
  it('names the problem and the operation in members of their own', () => {
    const operation = '/v1/operations/019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f';
    const problem = new ProblemError('outcome-unknown', 'Why.', { outcome: 'unknown', operation });
    expect(problemBody(problem, 'r-1')).toEqual({
      type: '/docs/problems/outcome-unknown',
      code: 'outcome-unknown',
      title: 'The outcome is not known',
      status: 504,
      detail: 'Why.',
      instance: 'urn:tollgate:request:r-1',
      outcome: 'unknown',
      operation,
      operationId: '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f',
    });
  });

  it('has neither outcome nor operation where there is none', () => {
    expect(Object.keys(problemBody(new ProblemError('forbidden', 'Why.'), 'r-1'))).toEqual([
      'type',
      'code',
      'title',
      'status',
      'detail',
      'instance',
    ]);
  });

  it('is completed when a version without these members stored it for a key', () => {
    const stored = {
      type: '/docs/problems/voucher-unavailable',
      operation: '/v1/operations/o-1',
      status: 409,
    };
    expect(completedProblem(stored)).toEqual({ ...stored, code: 'voucher-unavailable', operationId: 'o-1' });
    const { operation: _, ...without } = stored;
    expect(completedProblem(without)).toEqual({ ...without, code: 'voucher-unavailable' });
    expect(completedProblem(null)).toBeNull();
  });
});
