import { createHmac } from 'node:crypto';
import { Secret } from '../../config/secrets/secret.js';
import { isFresh, hasValidSignature } from './webhook.signature.js';

const BODY = Buffer.from('{"id":"700001","status":"Migration completed"}');
const secret = new Secret('webhook-secret-of-north');
const previousSecret = new Secret('webhook-secret-of-last-year');

function signature(key: Secret, body: Uint8Array = BODY): string {
  return createHmac('sha256', key.reveal()).update(body).digest('hex');
}

describe('hasValidSignature', () => {
  it('accepts the lowercase hex HMAC-SHA256 of the raw bytes (Import2 F35)', () => {
    // Computed with another library.
    const vector = 'c6a4d67e6890fb3de2469fafe15a2640cb386655f9c40927c4d5db9c667d0df3';
    expect(hasValidSignature(BODY, vector, { secret })).toBe(true);
  });

  it('accepts both secrets during a rotation, and no third one', () => {
    expect(hasValidSignature(BODY, signature(secret), { secret, previousSecret })).toBe(true);
    expect(hasValidSignature(BODY, signature(previousSecret), { secret, previousSecret })).toBe(true);
    expect(hasValidSignature(BODY, signature(previousSecret), { secret })).toBe(false);
    expect(hasValidSignature(BODY, signature(new Secret('another')), { secret, previousSecret })).toBe(false);
  });

  it.each<[string, string | undefined]>([
    ['none', undefined],
    ['an empty one', ''],
    ['large hex', signature(secret).toUpperCase()],
    ['base64, as in another product', Buffer.from(signature(secret), 'hex').toString('base64')],
    ['one digit too few', signature(secret).slice(1)],
    ['one digit too many', `${signature(secret)}0`],
    ['a space around it', ` ${signature(secret)}`],
    ['a newline after it', `${signature(secret)}\n`],
    ['two, as from a repeated header', `${signature(secret)}, ${signature(secret)}`],
    ['a scheme before it', `sha256=${signature(secret)}`],
    ['all zeros', '0'.repeat(64)],
  ])('refuses a wrong signature: %s', (_, given) => {
    expect(hasValidSignature(BODY, given, { secret })).toBe(false);
  });

  it('refuses a body with one bit flipped, one byte more or one less', () => {
    const turned = Buffer.from(BODY);
    turned.writeUInt8(turned.readUInt8(3) ^ 1, 3);
    for (const body of [turned, Buffer.concat([BODY, Buffer.from(' ')]), BODY.subarray(1), Buffer.alloc(0)]) {
      expect(hasValidSignature(body, signature(secret), { secret })).toBe(false);
    }
  });

  it('accepts nothing without a secret', () => {
    for (const given of [undefined, '', '0'.repeat(64), signature(secret)]) {
      expect(hasValidSignature(BODY, given)).toBe(false);
      expect(hasValidSignature(BODY, given, {})).toBe(false);
    }
  });
});

describe('isFresh', () => {
  const nowMs = Date.UTC(2026, 2, 4, 12);
  const window = { maxAgeSeconds: 10, clockSkewSeconds: 5 };

  it.each([
    ['now', 0, true],
    ['10 s old', -10_000, true],
    ['a millisecond older', -10_001, false],
    ['a minute old', -60_000, false],
    ['5 s ahead', 5_000, true],
    ['a millisecond more', 5_001, false],
    ['in seconds instead of milliseconds', nowMs / 1_000 - nowMs, false],
    ['of 1970', -nowMs, false],
    ['at the end of numbers', Number.MAX_SAFE_INTEGER - nowMs, false],
  ])('%s: not inverted as in the published snippet (Import2 F35)', (_, offsetMs, fresh) => {
    expect(isFresh(nowMs + offsetMs, nowMs, window)).toBe(fresh);
  });

  it('uses the configured window', () => {
    expect(isFresh(nowMs - 60_000, nowMs, { maxAgeSeconds: 60, clockSkewSeconds: 0 })).toBe(true);
    expect(isFresh(nowMs + 1, nowMs, { maxAgeSeconds: 60, clockSkewSeconds: 0 })).toBe(false);
  });
});
