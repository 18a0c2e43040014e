import {
  MisconfiguredError,
  MissingError,
  NoTrustworthyResponseError,
  RejectedError,
  ThrottledError,
  VoucherUnavailableError,
} from '../transport/upstream.errors.js';
import type { Refusal } from './response/spid.envelope.js';
import { retryAfterSeconds } from './response/spid.quota.js';
import { refusalError, refusalKind } from './spid.refusal.js';

function refusal(status: number, text: string, change: Partial<Refusal> = {}): Refusal {
  return { status, envelope: 'api', oauthError: null, texts: [text], reset: undefined, ...change };
}

function oauth(status: number, oauthError: string): Refusal {
  return refusal(status, oauthError, { envelope: 'oauth', oauthError });
}

describe('refusalKind', () => {
  it.each(['invalid_token', 'expired_token'])(
    'SPiD F1: a 401 OAuth body with %s requires a new token',
    (error) => {
      expect(refusalKind(oauth(401, error))).toBe('stale-token');
    },
  );

  it.each([
    oauth(401, 'insufficient_scope'),
    oauth(401, 'invalid_request'),
    oauth(403, 'expired_token'),
    oauth(400, 'invalid_client_credentials'),
    refusal(401, "You don't have administration rights for this client."),
    refusal(401, "Your client doesn't have administration rights for this client."),
    refusal(401, 'Your client doesn’t have administration rights for this client'),
    refusal(401, 'a text of tomorrow'),
  ])('SPiD F2: any other 401 or OAuth error does not: %j', (each) => {
    expect(refusalKind(each)).toBe('misconfigured');
  });

  it.each([
    [
      403,
      'Client is not authorized to access this API endpoint. Contact SPiD to request access.',
      'misconfigured',
    ],
    [
      403,
      'Client is not authorized to access this API endpoint. Contact Schibsted account to request access.',
      'misconfigured',
    ],
    [403, 'Requesting IP is not whitelisted', 'misconfigured'],
    [403, 'Access token rejected', 'misconfigured'],
    [404, 'Unknown client ID', 'misconfigured'],
    [
      404,
      'Client ID mismatch. The client making the request is no the owner of this resource',
      'misconfigured',
    ],
    [404, 'No such endpoint.', 'misconfigured'],
    [400, 'Set generator used, but no client voucher prefix set', 'misconfigured'],
    [403, 'Client does not have access to this voucher group', 'no voucher-group'],
    [403, 'Token is not authorized to access this user.', 'no user'],
    [404, 'No access to that product.', 'no-access'],
    [404, 'no access to that product', 'no-access'],
    [404, 'User not found', 'no user'],
    [404, 'Product not found', 'no product'],
    [404, 'Voucher group not found', 'no voucher-group'],
    [404, 'Voucher group not found, or handouts not enabled', 'no voucher-group'],
    [404, 'Voucher not found', 'no voucher'],
    [404, 'Missing required userId and/or voucherGroupId parameters', 'rejected'],
    [404, 'Voucher group could not be updated', 'rejected'],
    [400, 'Was not able to grant access', 'rejected'],
    [400, 'Was not able to remove access', 'rejected'],
    [400, 'a text of tomorrow', 'rejected'],
    [409, 'The password needs to contain at least 8 characters.', 'rejected'],
    [
      404,
      'The requested amount exceeds the available amount. See error object for actual numbers.',
      'voucher-unavailable',
    ],
    [404, 'Handout failed', 'ambiguous'],
    [404, 'Failed to generate vouchers, see error object for further details', 'ambiguous'],
    [404, 'a text of tomorrow', 'unknown'],
    [302, 'exists', 'unknown'],
    [200, 'a text of tomorrow', 'unknown'],
  ] as const)('SPiD F8: %i "%s" is %s', (status, text, verdict) => {
    expect(refusalKind(refusal(status, text))).toBe(verdict);
  });

  it.each([
    ['Failed to generate vouchers, see error object for further details', 404, 'ambiguous'],
    ['Handout failed', 404, 'ambiguous'],
    ['Handout failed', 500, 'server-error'],
  ] as const)(
    'SPiD F17: "%s" with %i leaves the outcome unknown, with any other text beside it',
    (text, status, verdict) => {
      const causes = [
        'Set generator used, but no client voucher prefix set',
        'The requested amount exceeds the available amount',
        'Client does not have access to this voucher group',
        'Request Ratelimit exceeded',
      ];
      for (const cause of causes)
        expect(refusalKind(refusal(status, '', { texts: [cause, text] }))).toBe(verdict);
    },
  );

  it('SPiD F8: prefers the text to the status', () => {
    expect(refusalKind(refusal(400, '  USER not\n found.'))).toBe('no user');
    expect(refusalKind(refusal(200, 'Request Ratelimit exceeded'))).toBe('throttled');
  });

  it.each([
    [503, 'Token is not authorized to access this user', 'no user'],
    [500, 'Requesting IP is not whitelisted', 'misconfigured'],
  ] as const)('SPiD F40: believes a text about rights with %i', (status, text, verdict) => {
    expect(refusalKind(refusal(status, text))).toBe(verdict);
  });

  it.each(['Voucher not found', 'Was not able to grant access', 'Internal Server Error'])(
    'believes no other text with a 5xx: %s',
    (text) => {
      expect(refusalKind(refusal(500, text))).toBe('server-error');
    },
  );

  it.each([420, 429])('SPiD F9: %i is the limit, with any body', (status) => {
    expect(refusalKind(refusal(status, 'Handout failed', { envelope: 'none' }))).toBe('throttled');
  });

  it.each([400, 401, 403, 404, 302])('is unknown for an unreadable %i', (status) => {
    expect(refusalKind(refusal(status, '', { envelope: 'none', texts: [] }))).toBe('unknown');
  });
});

describe('refusalError', () => {
  const read = { operation: 'product_get', safe: true };
  const write = { operation: 'voucher_handout', safe: false };

  it.each([
    ['throttled', ThrottledError],
    ['misconfigured', MisconfiguredError],
    ['stale-token', MisconfiguredError],
    ['rejected', RejectedError],
    ['no-access', RejectedError],
    ['voucher-unavailable', VoucherUnavailableError],
    ['server-error', NoTrustworthyResponseError],
    ['ambiguous', NoTrustworthyResponseError],
    ['unknown', NoTrustworthyResponseError],
    ['no user', MissingError],
  ] as const)('maps %s to %p', (verdict, type) => {
    expect(refusalError(write, refusal(404, 'any'), verdict)).toBeInstanceOf(type);
  });

  it('takes an unknown refusal as ambiguous for a write and as garbled for a read', () => {
    expect(refusalError(write, refusal(404, 'any'), 'unknown')).toMatchObject({ kind: 'ambiguous' });
    expect(refusalError(read, refusal(404, 'any'), 'unknown')).toMatchObject({ kind: 'garbled' });
  });

  it('names the missing thing, and a voucher whose group is hidden is a missing voucher', () => {
    expect(refusalError(write, refusal(403, 'any'), 'no voucher-group')).toMatchObject({
      missing: 'voucher-group',
    });
    const voucherGet = { operation: 'voucher_get', safe: true };
    expect(refusalError(voucherGet, refusal(403, 'any'), 'no voucher-group')).toMatchObject({
      missing: 'voucher',
    });
  });

  it('never quotes the vendor', () => {
    const error = refusalError(write, refusal(404, 'secret vendor text'), 'unknown');
    expect(error.message).toBe('spid voucher_handout: status 404, unknown');
  });
});

describe('retryAfterSeconds', () => {
  it.each([
    [1, 1],
    [3_537, 3_537],
    [3_600, 3_600],
    [3_601, 60],
    [0, 60],
    [-91, 60],
    [1.5, 60],
    ['30', 60],
    [null, 60],
    [undefined, 60],
  ])('SPiD F9: reads a reset of %p as %i', (reset, seconds) => {
    expect(retryAfterSeconds(reset)).toBe(seconds);
  });
});
