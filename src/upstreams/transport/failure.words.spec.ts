import { ExchangeError } from './socket/exchange.error.js';
import { wordsOfFailure } from './failure.words.js';
import { UnreadableError } from './response/unreadable.error.js';
import {
  MisconfiguredError,
  NoTrustworthyResponseError,
  NotAdmittedError,
  NotSentError,
  ThrottledError,
} from './upstream.errors.js';

const DETAILS = { upstream: 'spid', operation: 'token', reason: 'status 500, server-error' } as const;
const expired = Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' });
const notSent = (cause: unknown) => new NotSentError({ ...DETAILS, cause });
const garbled = (cause: unknown) => new NoTrustworthyResponseError('garbled', { ...DETAILS, cause });

describe('wordsOfFailure', () => {
  it.each([
    [
      new MisconfiguredError({ ...DETAILS, refused: 'the vendor refuses the API token' }),
      'the vendor refuses the API',
    ],
    [
      new MisconfiguredError(DETAILS),
      'the vendor refuses this client: its rights, its IP address or its token',
    ],
    [new ThrottledError(1, DETAILS), 'the vendor limits the rate of calls'],
    [
      new NotAdmittedError('timeout' as never, 1, DETAILS),
      'the budget of the vendor account had no room in time',
    ],
    [notSent(new ExchangeError('not-sent', 'ENOTFOUND')), 'the vendor cannot be reached (ENOTFOUND)'],
    [
      notSent(new ExchangeError('not-sent', 'CERT_HAS_EXPIRED', expired)),
      'no TLS connection to the vendor: its certificate has expired (CERT_HAS_EXPIRED)',
    ],
    [
      notSent(new NoTrustworthyResponseError('server-error', DETAILS)),
      'the vendor reports an error of its own (status 500, server-error)',
    ],
    [new NoTrustworthyResponseError('lost', DETAILS), 'the vendor gave no complete response'],
    [
      new NoTrustworthyResponseError('ambiguous', DETAILS),
      'the response does not show whether the call was executed',
    ],
    [
      garbled(new UnreadableError('signature: none')),
      'the response cannot be verified (unreadable signature: none): check the signature secret',
    ],
    [
      garbled(new UnreadableError('container: name')),
      'cannot be read (unreadable container: name): check that baseUrl',
    ],
    [new TypeError('canary'), 'an error of the gateway itself'],
  ])('has what failed and what to check: %s', (error, words) => {
    expect(wordsOfFailure(error)).toContain(words);
    expect(wordsOfFailure(error)).not.toContain('canary');
  });
});
