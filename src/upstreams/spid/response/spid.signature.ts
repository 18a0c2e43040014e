import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../../config/secrets/secret.js';
import { UnreadableError } from '../../transport/response/unreadable.error.js';

/** The members of a signed container (SPiD A7), not yet verified. */
export interface SignedContainer {
  readonly data: unknown;
  readonly algorithm: unknown;
  readonly sig: unknown;
}

const ALGORITHM = 'HMAC-SHA256';
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** A response is signed when it has both members, as in the vendor's SDKs (SPiD A7). */
export function isSigned({ algorithm, sig }: SignedContainer): boolean {
  return algorithm != null && sig != null;
}

/**
 * Verifies the signature and returns the decoded data. The signature covers the encoded data exactly as transmitted,
 * not the decoded bytes; its key is the signature secret, not the client secret (SPiD A7).
 * @throws UnreadableError
 */
export function openSigned({ data, algorithm, sig }: SignedContainer, secret: Secret): Buffer {
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
