import type { CallerLimit, ScopeLimit } from '../../config/settings/access.settings.js';
import type { Scope } from '../../config/scopes.js';
import type { Quota, QuotaState } from '../../store/state/quota.js';
import type { BindingPolicy } from '../../telemetry/request.context.js';
import type { Caller } from '../auth/caller.js';

/** The limits of one request: the caller's own, and those of the group that the scope of the route is in. */
export interface CallerPolicies {
  readonly quotas: readonly Quota[];
  readonly concurrency: readonly ConcurrencyLimit[];
}

/** How many requests may be in progress at one time. */
export interface ConcurrencyLimit {
  /** Name of the policy. */
  readonly name: string;
  readonly max: number;
}

/** Of the limit that holds for all scopes together; no group has this name. */
const CALLER = 'caller';

/** Of a caller without groups. */
const NO_GROUPS: readonly ScopeLimit[] = [];

/** Both keys are parts of the settings, which are replaced as a whole. */
const prepared = new WeakMap<readonly ScopeLimit[], WeakMap<CallerLimit, Map<Scope, CallerPolicies>>>();

/** Prepared once per version of the settings. */
export function policiesOf(caller: Pick<Caller, 'limit' | 'scopeLimits'>, scope: Scope): CallerPolicies {
  const groups = caller.scopeLimits ?? NO_GROUPS;
  let byLimit = prepared.get(groups);
  if (!byLimit) prepared.set(groups, (byLimit = new WeakMap()));
  let byScope = byLimit.get(caller.limit);
  if (!byScope) byLimit.set(caller.limit, (byScope = new Map()));
  let policies = byScope.get(scope);
  if (!policies) byScope.set(scope, (policies = preparedFor(caller, scope)));
  return policies;
}

function preparedFor(caller: Pick<Caller, 'limit' | 'scopeLimits'>, scope: Scope): CallerPolicies {
  const group = caller.scopeLimits?.find(({ scopes }) => scopes.has(scope));
  const limits = [{ name: CALLER, limit: caller.limit }, ...(group ? [group] : [])];
  return {
    quotas: limits.map(({ name, limit }) => quotaOf(name, limit)),
    concurrency: limits.flatMap(({ name, limit: { concurrent: max } }) =>
      max === undefined ? [] : [{ name: `${name}-concurrent`, max }],
    ),
  };
}

function quotaOf(name: string, { requests, perSeconds, burst = 0 }: CallerLimit): Quota {
  return { name, requests, windowMs: perSeconds * 1_000, burst };
}

/** A quota as callers see it. */
export function bindingQuota(quota: Quota, { remaining, msLeft }: QuotaState): BindingPolicy {
  return {
    name: quota.name,
    quota: quota.requests,
    windowSeconds: quota.windowMs / 1_000,
    ...(quota.burst > 0 && { burst: quota.burst }),
    remaining,
    secondsToReset: Math.ceil(msLeft / 1_000),
  };
}
