import { mayRepeat, REPEAT_DELAY_MS, repeatDelayMs } from './retry.decision.js';
import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyAnswerError,
  NotSentError,
  RejectedError,
  ThrottledError,
  VoucherUnavailableError,
} from './upstream.errors.js';

const details = { upstream: 'spid' as const, operation: 'any', reason: 'any' };

describe('mayRepeat', () => {
  it.each([true, false])('repeats what was not sent (safe: %s)', (safe) => {
    expect(mayRepeat(new NotSentError(details), safe)).toBe(true);
  });

  it.each([
    ['lost', true],
    ['server-error', true],
    ['garbled', false],
    ['ambiguous', false],
  ] as const)('repeats a read without a trustworthy answer when it was %s: %s', (kind, repeated) => {
    expect(mayRepeat(new NoTrustworthyAnswerError(kind, details), true)).toBe(repeated);
  });

  it.each(['lost', 'server-error', 'garbled', 'ambiguous'] as const)(
    'never repeats a write that was %s',
    (kind) => {
      expect(mayRepeat(new NoTrustworthyAnswerError(kind, details), false)).toBe(false);
    },
  );

  it.each([
    new ThrottledError(1, details),
    new MisconfiguredError(details),
    new MissingError('user', details),
    new RejectedError([], details),
    new VoucherUnavailableError(details),
    new Error('a bug'),
  ])('never repeats what was answered or is a bug: %s', (error) => {
    expect(mayRepeat(error, true)).toBe(false);
  });
});

describe('repeatDelayMs', () => {
  it('stays within its bounds', () => {
    expect(repeatDelayMs(() => 0)).toBe(REPEAT_DELAY_MS.min);
    expect(repeatDelayMs(() => 1)).toBe(REPEAT_DELAY_MS.max);
  });
});
