import { createHash, createHmac } from 'node:crypto';
import { Secret } from '../../config/secret.js';
import { canonicalJson } from './canonical.json.js';

/** What makes two requests the same request. */
export interface FingerprintParts {
  readonly method: string;
  /** The route's pattern, for example `/v1/users/:userId/entitlements/:productId`. */
  readonly route: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Without its secrets. */
  readonly body: unknown;
  /** Secrets of the body by name, for example a customer's destination token: only a keyed hash of them is used. */
  readonly secrets?: { readonly key: Secret; readonly values: Readonly<Record<string, Secret>> };
}

/**
 * 64 hex digits. Equal for the same request whatever the order of its members. Secrets enter through HMAC-SHA-256,
 * so that nobody who reads the ledger can try out guessed secrets without the key.
 */
export function fingerprintOf({ method, route, path, query, body, secrets }: FingerprintParts): string {
  const hashed = Object.entries(secrets?.values ?? {}).map(([name, value]) => [
    name,
    keyedHash(value, secrets?.key),
  ]);
  const text = canonicalJson([method, route, path, query, body ?? null, Object.fromEntries(hashed)]);
  return createHash('sha256').update(text).digest('hex');
}

/**
 * The fingerprint of a request that holds something that can be guessed, such as a voucher code that people type: only
 * with the key can a guess be tried. Made of the fingerprint alone, so that a stored one can be converted.
 */
export function keyedFingerprint(fingerprint: string, key: Secret | undefined): string {
  return keyedHash(new Secret(fingerprint), key);
}

function keyedHash(value: Secret, key: Secret | undefined): string {
  if (!key) throw new TypeError('a secret part needs a key');
  return createHmac('sha256', key.reveal()).update(value.reveal()).digest('hex');
}
