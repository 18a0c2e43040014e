import type { BindingPolicy } from '../../telemetry/request.context.js';

/** Names of draft-ietf-httpapi-ratelimit-headers-11, in one place in case the draft changes them. */
export const RATE_LIMIT = 'RateLimit';
export const RATE_LIMIT_POLICY = 'RateLimit-Policy';

/** Both headers as structured fields; each is empty without a policy. */
export interface RateLimitHeaders {
  readonly policy: string;
  readonly state: string;
}

/** With every policy that is given. */
export function rateLimitHeaders(
  policies: readonly BindingPolicy[],
  upstream?: BindingPolicy,
): RateLimitHeaders {
  let policy = '';
  let state = '';
  for (const each of policies) {
    const separator = policy === '' ? '' : ', ';
    policy += separator + policyItem(each);
    state += separator + stateItem(each);
  }
  if (!upstream) return { policy, state };
  const separator = policy === '' ? '' : ', ';
  return {
    policy: policy + separator + policyItem(upstream),
    state: state + separator + stateItem(upstream),
  };
}

function policyItem({ name, quota, windowSeconds, burst }: BindingPolicy): string {
  const unit = windowSeconds === undefined ? ';qu="concurrent-requests"' : `;w=${windowSeconds}`;
  // The draft has no parameter for it and lets us add some of our own.
  const extra = burst ? `;tollgate-burst=${burst}` : '';
  return `"${name}";q=${quota}${unit}${extra}`;
}

function stateItem({ name, remaining, secondsToReset }: BindingPolicy): string {
  return `"${name}";r=${remaining}${secondsToReset === undefined ? '' : `;t=${secondsToReset}`}`;
}
