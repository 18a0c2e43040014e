import { Injectable } from '@nestjs/common';
import type { Scope } from '../../config/scopes.js';
import type { Taking } from '../../store/state/quota.js';
import { SharedState } from '../../store/state/shared.state.js';
import { Metrics } from '../../telemetry/metrics.js';
import type { BindingPolicy } from '../../telemetry/request.context.js';
import type { Caller } from '../auth/caller.js';
import { ProblemError } from '../problems/problem.error.js';
import { CallerPlaces, type HeldPlace } from './caller.places.js';
import { bindingQuota, policiesOf } from './caller.policies.js';

/** A place is free as soon as any request of the caller ends; most take less than a second. */
const PLACE_FREE_SECONDS = 1;

/** What became of a request: it has a place, or a problem. */
export interface Admission {
  readonly policies: readonly BindingPolicy[];
  readonly admitted: HeldPlace | ProblemError;
}

/** Admits a request within all limits of its caller, or refuses it and takes nothing of any. */
@Injectable()
export class CallerAdmission {
  constructor(
    private readonly state: SharedState,
    private readonly places: CallerPlaces,
    private readonly metrics: Metrics,
  ) {}

  async admit(caller: Pick<Caller, 'name' | 'limit' | 'scopeLimits'>, scope: Scope): Promise<Admission> {
    const { quotas, concurrency } = policiesOf(caller, scope);
    const entry = this.places.enter(caller.name, concurrency);
    const taking = await this.state.take('caller', caller.name, quotas, entry.place ? 1 : 0);
    const rates = quotas.map((quota, at) => bindingQuota(quota, taking.states[at]!));
    const policies = [...rates, ...entry.policies];
    if (entry.place && taking.isAdmitted) return { policies, admitted: entry.place };
    entry.place?.release();
    this.metrics.refused(entry.place ? 'rate' : 'concurrency');
    return { policies, admitted: entry.place ? tooMany(rates, taking) : tooManyAtOnce(entry.policies) };
  }
}

function tooMany(rates: readonly BindingPolicy[], { states }: Taking): ProblemError {
  const exhausted = rates.filter(({ remaining }) => remaining === 0);
  const msLeft = states.map((state) => (state.remaining === 0 ? state.msLeft : 0));
  return new ProblemError('rate-limited', 'This caller has used up its requests for now.', {
    retryAfterSeconds: Math.max(1, Math.ceil(Math.max(...msLeft) / 1_000)),
    violatedPolicies: exhausted.map(({ name }) => name),
  });
}

function tooManyAtOnce(policies: readonly BindingPolicy[]): ProblemError {
  return new ProblemError('rate-limited', 'This caller has as many requests in progress as it may have.', {
    retryAfterSeconds: PLACE_FREE_SECONDS,
    violatedPolicies: policies.filter(({ remaining }) => remaining === 0).map(({ name }) => name),
  });
}
