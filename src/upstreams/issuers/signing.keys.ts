import type { CryptoKey, JWK } from 'jose';
import { importJWK } from 'jose/key/import';
import type { TokenAlgorithm } from '../../config/settings/issuer.settings.js';
import { IssuerUnavailableError } from './issuer.unavailable.error.js';

/** Far more than the keys of one issuer. */
const KEYS_MAX = 100;

/** Minimum of NIST SP 800-131A and of jose. */
const RSA_BITS_MIN = 2_048;

/** A public key with which an issuer may sign tokens. */
export interface SigningKey {
  readonly key: CryptoKey;
  /** The only supported algorithm that it can be used with. */
  readonly alg: TokenAlgorithm;
  readonly kid?: string;
  /** JSON of its public members: equal for a key that was published again. */
  readonly text: string;
}

export interface SigningKeySet {
  readonly keys: readonly SigningKey[];
  /** Entries for these algorithms that are malformed or too weak. */
  readonly unusable: number;
}

/**
 * Reads a key set. Keys for another use and malformed keys are skipped, without affecting the others.
 * @throws IssuerUnavailableError when it is not a key set
 */
export async function signingKeysOf(text: string): Promise<SigningKeySet> {
  const { keys } = (parse(text) ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length > KEYS_MAX) throw new IssuerUnavailableError('not a key set');
  const found = keys.flatMap((entry: unknown) => {
    const jwk = isObject(entry) ? withoutNulls(entry) : undefined;
    const alg = jwk && algorithmOf(jwk);
    return jwk && alg !== undefined && isForSignatures(jwk, alg) ? [{ jwk, alg }] : [];
  });
  const imported = await Promise.all(found.map(({ jwk, alg }) => importKey(jwk, alg)));
  const usable = imported.filter((each) => each !== undefined);
  return { keys: usable, unusable: imported.length - usable.length };
}

/** Key type and curve determine the algorithm (RFC 7518, 3.1; RFC 8037, 3.1). */
function algorithmOf({ kty, crv }: Record<string, unknown>): TokenAlgorithm | undefined {
  if (kty === 'RSA') return 'RS256';
  if (kty === 'EC' && crv === 'P-256') return 'ES256';
  return kty === 'OKP' && crv === 'Ed25519' ? 'EdDSA' : undefined;
}

/** An unreadable restriction excludes the key. RFC 9864 names EdDSA by its curve. */
function isForSignatures({ use, key_ops, alg }: Record<string, unknown>, needed: TokenAlgorithm): boolean {
  return (
    (use === undefined || use === 'sig') &&
    (alg === undefined || alg === needed || (alg === 'Ed25519' && needed === 'EdDSA')) &&
    (key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes('verify')))
  );
}

async function importKey(jwk: Record<string, unknown>, alg: TokenAlgorithm): Promise<SigningKey | undefined> {
  // Public members only: a private part that was published by mistake is not read.
  const { kty, crv, n, e, x, y } = jwk;
  const members = JSON.parse(JSON.stringify({ kty, crv, n, e, x, y })) as JWK;
  try {
    const key = (await importJWK(members, alg)) as CryptoKey;
    const { modulusLength = Infinity } = key.algorithm as { modulusLength?: number };
    if (modulusLength < RSA_BITS_MIN) return undefined;
    const named = typeof jwk.kid === 'string' ? { kid: jwk.kid } : {};
    return { key, alg, ...named, text: JSON.stringify(members) };
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Some servers write absent members as null. */
function withoutNulls(entry: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
}
