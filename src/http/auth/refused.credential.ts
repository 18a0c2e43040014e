import * as errors from 'jose/errors';

/** Why a credential was refused. For the log only: every refusal has the same response. Holds nothing of the credential. */
export class RefusedCredential {
  constructor(readonly reason: string) {}
}

export const UNKNOWN_KEY = new RefusedCredential('the key is unknown');

/** Of a token that names an issuer of the settings, by one of jose's errors. */
export function refusedToken(error: errors.JOSEError, issuer: string): RefusedCredential {
  return new RefusedCredential(`the token of issuer ${issuer} ${flawOf(error)}`);
}

function flawOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'has expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    // The name of a claim that is checked, never one that the token chooses.
    return error.reason === 'missing'
      ? `has no claim ${error.claim}`
      : `has a claim ${error.claim} that does not fit`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'is signed by none of its known keys';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'has an algorithm that the settings do not allow';
  return 'is malformed';
}
