import { createHmac } from 'node:crypto';
import { Secret } from '../../../config/secrets/secret.js';
import { openEnvelope, type SignaturePolicy } from './spid.envelope.js';

const ACCEPTED: SignaturePolicy = { signedAnswers: 'accepted' };
const CONTAINER = {
  name: 'SPP Container',
  version: '0.2',
  api: 2,
  object: 'Voucher',
  type: 'element',
  code: 200,
  request: {
    reset: -91,
    limit: 0,
    remaining: -6,
  },
  meta: null,
  error: null,
  data: { success: true },
};

function open(status: number, body: unknown, policy = ACCEPTED) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return openEnvelope({ status, contentType: 'application/json', body: Buffer.from(text) }, policy);
}

function signed(data: unknown, { algorithm = 'HMAC-SHA256', key = 'sign-me' } = {}) {
  const encoded = Buffer.from(JSON.stringify(data)).toString('base64url');
  const sig = createHmac('sha256', key).update(encoded).digest('base64url');
  return { ...CONTAINER, data: encoded, algorithm, sig };
}

describe('openEnvelope of a success', () => {
  it.each([200, 201, 202, 204, 299])('SPiD F18: accepts status %i', (status) => {
    expect(open(status, CONTAINER)).toEqual({ data: { success: true } });
  });

  it.each(['element', 'collection', 'error', undefined, 7])('SPiD F25: ignores the type %j', (type) => {
    expect(open(200, { ...CONTAINER, type, meta: 'whatever' })).toEqual({ data: { success: true } });
  });

  it('SPiD F9: accepts a limit of 0 with negative counters', () => {
    const request = { reset: -6631, limit: 0, remaining: -13 };
    expect(open(200, { ...CONTAINER, request })).toEqual({ data: { success: true } });
  });

  it.each([null, '', false, [], {}, undefined])('accepts %j as no error', (error) => {
    expect(open(200, { ...CONTAINER, error })).toEqual({ data: { success: true } });
  });

  it.each([
    ['no container name', { ...CONTAINER, name: undefined }],
    ['another name', { ...CONTAINER, name: 'SPP' }],
    ['no data', { ...CONTAINER, data: undefined }],
    ['a list', [CONTAINER]],
    ['a number', 7],
    ['null', null],
    ['the payload without a container', { success: true }],
  ])('refuses %s', (_, body) => {
    expect(() => open(200, body)).toThrow('unreadable');
  });
});

describe('openEnvelope of a signed response', () => {
  const policy: SignaturePolicy = { signedAnswers: 'required', signatureSecret: new Secret('sign-me') };

  it('SPiD F22: returns the verified data', () => {
    expect(open(200, signed({ productId: '1337' }), policy)).toEqual({ data: { productId: '1337' } });
  });

  it.each([
    ['unsigned where a signature is required', CONTAINER, policy],
    ['signed with another key', signed({}, { key: 'client-secret' }), policy],
    ['signed by an unknown algorithm', signed({}, { algorithm: 'HMAC-SHA1' }), policy],
    ['without its signature', { ...signed({}), sig: undefined }, policy],
    ['without its algorithm', { ...signed({}), algorithm: undefined }, policy],
    ['signed where we have no secret', signed({}), ACCEPTED],
  ])('refuses one %s', (_, body, policyOfTenant) => {
    expect(() => open(200, body, policyOfTenant)).toThrow('unreadable signature');
  });

  it('refuses signed data that is not JSON', () => {
    const data = Buffer.from('hello').toString('base64url');
    const sig = createHmac('sha256', 'sign-me').update(data).digest('base64url');
    expect(() => open(200, { ...signed({}), data, sig }, policy)).toThrow('unreadable JSON');
  });

  it('verifies a signature even where none is required', () => {
    const relaxed: SignaturePolicy = { ...policy, signedAnswers: 'accepted' };
    expect(open(200, CONTAINER, relaxed)).toEqual({ data: { success: true } });
    expect(() => open(200, signed({}, { key: 'wrong' }), relaxed)).toThrow('does not match');
  });

  it('reads an unsigned refusal, which the vendor may not sign', () => {
    const error = { code: 404, type: 'ApiException', description: 'User not found' };
    expect(open(404, { ...CONTAINER, error, data: null }, policy)).toMatchObject({
      refusal: { texts: expect.arrayContaining(['User not found']) },
    });
  });
});

describe('openEnvelope of a refusal', () => {
  it('SPiD F1: reads the container error', () => {
    const error = { code: 403, type: 'ApiException', description: 'Requesting IP is not whitelisted' };
    expect(open(403, { ...CONTAINER, error, data: null })).toMatchObject({
      refusal: { status: 403, envelope: 'api', oauthError: null, reset: undefined },
    });
  });

  it('SPiD F1: reads the bare error object', () => {
    const error = { code: 404, type: 'ApiException', description: 'No access to that product.' };
    const texts = expect.arrayContaining(['No access to that product.']);
    expect(open(404, { error })).toMatchObject({ refusal: { envelope: 'api', texts } });
  });

  it.each([401, '401', '400 Bad Request', null, { deep: true }])(
    'SPiD F1, F4: reads the flat OAuth error with error_code %j',
    (code) => {
      const body = { error: 'invalid_token', error_code: code, type: 'OAuthException' };
      expect(open(401, body)).toMatchObject({
        refusal: { envelope: 'oauth', oauthError: 'invalid_token', status: 401 },
      });
    },
  );

  it('SPiD F7: reads a description that is an object, at bounded depth', () => {
    const description = { amount: 'The requested amount exceeds', a: { b: { c: { d: 'too deep' } } }, n: 3 };
    const read = open(404, { ...CONTAINER, error: { code: 404, description }, data: null });
    expect(read).toMatchObject({ refusal: { texts: ['The requested amount exceeds'] } });
  });

  it('takes a 2xx with an error as a refusal', () => {
    const error = { code: 404, description: 'User not found' };
    expect(open(200, { ...CONTAINER, error, data: null })).toMatchObject({ refusal: { status: 200 } });
    expect(open(200, { error: 'invalid_token' })).toMatchObject({ refusal: { envelope: 'oauth' } });
  });

  it.each(['', '<html>', '[]', 'null', '{}', '{"error":null}', '{"error":7}', '{"error":[]}'])(
    'returns only the status of an unreadable refusal: %s',
    (body) => {
      expect(open(502, body)).toMatchObject({ refusal: { status: 502, envelope: 'none', texts: [] } });
    },
  );
});
