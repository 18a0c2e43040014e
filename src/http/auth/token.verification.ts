import type { JWTPayload, JWTVerifyOptions } from 'jose';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import * as errors from 'jose/errors';
import { jwtVerify } from 'jose/jwt/verify';
import type { IssuerKeys, KeyHint } from '../../upstreams/issuers/issuer.keys.js';

/**
 * The claims of a token signed by one of the issuer's keys. Throws jose's errors for an invalid token, and
 * IssuerUnavailableError when there are no keys to verify it.
 */
export async function verifyToken(
  token: string,
  keys: IssuerKeys,
  options: JWTVerifyOptions & { readonly algorithms: string[] },
): Promise<JWTPayload> {
  const hint = headerOf(token);
  // Before a key is chosen: with HMAC accepted, the public key could be used as the secret of a forged token.
  if (hint.alg === undefined || !options.algorithms.includes(hint.alg)) {
    throw new errors.JOSEAlgNotAllowed('the algorithm is not one of the settings');
  }
  for await (const key of keys.candidatesFor(hint)) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

function headerOf(token: string): KeyHint {
  try {
    return decodeProtectedHeader(token);
  } catch (cause) {
    throw new errors.JWSInvalid('the header cannot be read', { cause });
  }
}
