import type { BindingPolicy } from '../../telemetry/request.context.js';

/** Names of draft-ietf-httpapi-ratelimit-headers-11, in one place in case the draft changes them. */
export const RATE_LIMIT = 'RateLimit';
export const RATE_LIMIT_POLICY = 'RateLimit-Policy';

/** Both headers as structured fields, with every policy; none without a policy. */
export function rateLimitHeaders(policies: readonly BindingPolicy[]): Record<string, string> {
  if (policies.length === 0) return {};
  return {
    [RATE_LIMIT_POLICY]: policies.map(policyItem).join(', '),
    [RATE_LIMIT]: policies.map(stateItem).join(', '),
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
