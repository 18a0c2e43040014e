import { mayRetry } from './retry.decision.js';
import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyResponseError,
  NotAdmittedError,
  NotSentError,
  RejectedError,
  ThrottledError,
  VoucherUnavailableError,
} from './upstream.errors.js';

const details = { upstream: 'spid' as const, operation: 'any', reason: 'any' };

describe('mayRetry', () => {
  it.each([true, false])('retries what was not sent (safe: %s)', (safe) => {
    expect(mayRetry(new NotSentError(details), safe)).toBe(true);
  });

  it.each([
    ['lost', true],
    ['server-error', true],
    ['garbled', false],
    ['ambiguous', false],
  ] as const)('retries a read without a trustworthy response when it was %s: %s', (kind, repeated) => {
    expect(mayRetry(new NoTrustworthyResponseError(kind, details), true)).toBe(repeated);
  });

  it.each(['lost', 'server-error', 'garbled', 'ambiguous'] as const)(
    'never retries a write that was %s',
    (kind) => {
      expect(mayRetry(new NoTrustworthyResponseError(kind, details), false)).toBe(false);
    },
  );

  it.each([
    new ThrottledError(1, details),
    new NotAdmittedError('no-time', 1, details),
    new MisconfiguredError(details),
    new MissingError('user', details),
    new RejectedError([], details),
    new VoucherUnavailableError(details),
    new Error('a bug'),
  ])('never retries a refusal or a bug: %s', (error) => {
    expect(mayRetry(error, true)).toBe(false);
  });
});
