import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../config/secrets/secret.js';
import type { WebhookSettings } from '../../config/settings/webhook.settings.js';

/** Holds lowercase hex. Another product uses the same header with base64 (Import2 E4). */
export const SIGNATURE_HEADER = 'x-authorization-content-sha256';

const SIGNATURE = /^[0-9a-f]{64}$/;

/** Used in place of a missing secret, so that an unknown tenant takes the same time as a known one. */
const DECOY_SECRET = randomBytes(32);

/**
 * Whether the signature is the HMAC-SHA256 of exactly these bytes under one of the two secrets. Both are always
 * computed, and compared in constant time. Without a secret no signature is valid.
 */
export function hasValidSignature(
  rawBody: Uint8Array,
  signature: string | undefined,
  { secret, previousSecret }: Pick<WebhookSettings, 'secret' | 'previousSecret'> = {},
): boolean {
  const wellFormed = signature !== undefined && SIGNATURE.test(signature);
  const given = wellFormed ? Buffer.from(signature, 'hex') : randomBytes(32);
  const matches = [secret, previousSecret].map((each) => {
    const equal = timingSafeEqual(hmac(rawBody, each), given);
    return equal && wellFormed && each !== undefined;
  });
  return matches.includes(true);
}

function hmac(rawBody: Uint8Array, secret: Secret | undefined): Buffer {
  return createHmac('sha256', secret?.reveal() ?? DECOY_SECRET)
    .update(rawBody)
    .digest();
}

/**
 * Whether the timestamp is within the replay window. The vendor's snippet has this inverted and in the wrong unit
 * (Import2 F35). A timestamp in the future is accepted within the clock skew only, or a copy could be replayed later.
 */
export function isFresh(
  timestampMs: number,
  nowMs: number,
  { maxAgeSeconds, clockSkewSeconds }: Pick<WebhookSettings, 'maxAgeSeconds' | 'clockSkewSeconds'>,
): boolean {
  const ageMs = nowMs - timestampMs;
  return ageMs <= maxAgeSeconds * 1_000 && -ageMs <= clockSkewSeconds * 1_000;
}
