/** Names of draft-ietf-httpapi-ratelimit-headers, in one place in case the draft changes them. */
export const RATE_LIMIT = 'RateLimit';
export const RATE_LIMIT_POLICY = 'RateLimit-Policy';

export interface RateLimitState {
  /** Requests that the window allows. */
  readonly quota: number;
  readonly windowSeconds: number;
  /** Requests still allowed in this window. */
  readonly remaining: number;
  readonly secondsToReset: number;
}

/** Both headers as structured fields, for the policy called `caller`. */
export function rateLimitHeaders(state: RateLimitState): Record<string, string> {
  return {
    [RATE_LIMIT_POLICY]: `"caller";q=${state.quota};w=${state.windowSeconds}`,
    [RATE_LIMIT]: `"caller";r=${state.remaining};t=${state.secondsToReset}`,
  };
}
