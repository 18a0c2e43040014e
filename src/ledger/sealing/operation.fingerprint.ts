import { createHmac, hash } from 'node:crypto';
import { Secret } from '../../config/secrets/secret.js';
import { canonicalJson } from './canonical.json.js';

/** The parts of a request that identify it: two requests with equal parts are the same request. */
export interface FingerprintParts {
  readonly method: string;
  /** The route's pattern, for example `/v1/users/:userId/entitlements/:productId`. */
  readonly route: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Without its secrets. */
  readonly body: unknown;
  /** Secrets of the body by name, for example a destination token: only a keyed hash of them is used. */
  readonly secrets?: { readonly key: Secret; readonly values: Readonly<Record<string, Secret>> };
}

/**
 * 64 hex digits, independent of the order of members. Secrets enter through HMAC-SHA-256, so that a reader of the
 * ledger cannot test guesses without the key.
 */
export function fingerprintOf({ method, route, path, query, body, secrets }: FingerprintParts): string {
  const hashed = Object.entries(secrets?.values ?? {}).map(([name, value]) => [
    name,
    keyedHash(value, secrets?.key),
  ]);
  const text = canonicalJson([method, route, path, query, body ?? null, Object.fromEntries(hashed)]);
  return hash('sha256', text);
}

/**
 * Fingerprint of a request that contains a guessable secret, such as a voucher code that people type: a guess can be
 * tested only with the key. Derived from the plain fingerprint, so that stored ones can be converted.
 */
export function keyedFingerprint(fingerprint: string, key: Secret | undefined): string {
  return keyedHash(new Secret(fingerprint), key);
}

function keyedHash(value: Secret, key: Secret | undefined): string {
  if (!key) throw new TypeError('a secret part needs a key');
  return createHmac('sha256', key.reveal()).update(value.reveal()).digest('hex');
}
