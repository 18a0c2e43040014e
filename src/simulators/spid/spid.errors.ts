/** Of status 420, also in the status line (SPiD A6). */
export const RATE_LIMIT_TEXT = 'Request Ratelimit exceeded';

/** A refusal of the API. Goes out in the container (SPiD A5); `numbers` stand beside the description. */
export class ApiException extends Error {
  constructor(
    readonly status: number,
    readonly description: string,
    readonly numbers: Readonly<Record<string, number>> = {},
  ) {
    super(description);
    this.name = 'ApiException';
  }
}

/** A refusal because of the access token. Goes out as flat OAuth JSON, never in the container (SPiD A4). */
export class TokenRefusal extends Error {
  constructor(readonly reason: 'invalid_request' | 'invalid_token' | 'expired_token' | 'insufficient_scope') {
    super(reason);
    this.name = 'TokenRefusal';
  }
}
