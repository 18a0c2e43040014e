import { ProblemError } from './problem.error.js';

describe('ProblemError', () => {
  it.each([
    ['unauthenticated', false],
    ['rate-limited', false],
    ['overloaded', false],
    ['internal-error', true],
    ['upstream-garbled', true],
  ] as const)('%s has a stack: %s', (slug, hasStack) => {
    expect(/\n\s+at /.test(new ProblemError(slug, 'Why.').stack ?? '')).toBe(hasStack);
  });

  it('leaves the stacks of other errors alone', () => {
    const limit = Error.stackTraceLimit;
    new ProblemError('forbidden', 'Why.').with({ outcome: 'not_executed' });
    expect(Error.stackTraceLimit).toBe(limit);
    expect(new Error('other').stack).toMatch(/\n\s+at /);
  });
});
