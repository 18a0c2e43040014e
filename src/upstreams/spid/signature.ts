import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../config/secret.js';
import { UnreadableError } from './unreadable.error.js';

/** What a signed container carries (SPiD A7), before anything of it is believed. */
export interface SignedAnswer {
  readonly data: unknown;
  readonly algorithm: unknown;
  readonly sig: unknown;
}

const ALGORITHM = 'HMAC-SHA256';
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** An answer is signed when it has both an algorithm and a signature, as the vendor's own SDKs have it. */
export function isSigned({ algorithm, sig }: SignedAnswer): boolean {
  return algorithm != null && sig != null;
}

/**
 * The text that was signed. The signature covers the encoded data exactly as transmitted, not the decoded bytes, and
 * its key is the signature secret, not the client secret (SPiD A7).
 */
export function openSigned({ data, algorithm, sig }: SignedAnswer, secret: Secret): Buffer {
  if (algorithm !== ALGORITHM) throw new UnreadableError('signature algorithm');
  if (typeof data !== 'string' || !BASE64URL.test(data)) throw new UnreadableError('signed data');
  if (typeof sig !== 'string' || !BASE64URL.test(sig)) throw new UnreadableError('signature');
  const given = Buffer.from(sig, 'base64url');
  const expected = createHmac('sha256', secret.reveal()).update(data).digest();
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new UnreadableError('signature: does not match');
  }
  return Buffer.from(data, 'base64url');
}
