/** Text of status 420, also in the status line (SPiD A6). */
export const RATE_LIMIT_TEXT = 'Request Ratelimit exceeded';

/** An API error, sent in the container (SPiD A5) with `numbers` beside the description. */
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

/** A token error, sent as flat OAuth JSON, never in the container (SPiD A4). */
export class TokenRefusal extends Error {
  constructor(readonly reason: 'invalid_request' | 'invalid_token' | 'expired_token' | 'insufficient_scope') {
    super(reason);
    this.name = 'TokenRefusal';
  }
}
