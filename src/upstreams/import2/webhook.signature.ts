import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../config/secret.js';
import type { WebhookSettings } from '../../config/settings.js';

/**
 * Where Import2 puts its signature. Another product's header of the same name holds base64 (Import2 E4): here it is
 * small hex.
 */
export const SIGNATURE_HEADER = 'x-authorization-content-sha256';

const SIGNATURE = /^[0-9a-f]{64}$/;

/** Stands in for a secret that there is none of, so that an unknown tenant costs the same time as a known one. */
const NOBODY = randomBytes(32);

/**
 * Is this the HMAC-SHA256 of exactly these bytes under one of the two secrets? Both are always computed, and compared
 * in constant time. Without a secret nothing is signed.
 */
export function isSigned(
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
  return createHmac('sha256', secret?.reveal() ?? NOBODY)
    .update(rawBody)
    .digest();
}

/**
 * Is the timestamp within the window? The vendor's published snippet has this the wrong way round and in the wrong
 * unit (Import2 F35); what it means is: not older than 10 s. Ahead of our clock is allowed by the skew only, or a copy
 * with a time to come could be played back later.
 */
export function isFresh(
  timestampMs: number,
  nowMs: number,
  { maxAgeSeconds, clockSkewSeconds }: Pick<WebhookSettings, 'maxAgeSeconds' | 'clockSkewSeconds'>,
): boolean {
  const ageMs = nowMs - timestampMs;
  return ageMs <= maxAgeSeconds * 1_000 && -ageMs <= clockSkewSeconds * 1_000;
}
