import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import type { IssuerKeys, KeyHint } from '../../upstreams/issuers/issuer.keys.js';

/**
 * The claims of a token that one of the issuer's keys has signed. Throws jose's errors for a token that does not hold, and
 * IssuerUnavailableError when it cannot be checked. `options` name the algorithms; without them nothing is verified.
 */
export async function verifyToken(
  token: string,
  keys: IssuerKeys,
  options: JWTVerifyOptions & { readonly algorithms: string[] },
): Promise<JWTPayload> {
  const hint = headerOf(token);
  // Before any key is chosen: with a shared secret, a public key would do to forge a token.
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
