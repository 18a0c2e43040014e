import { Injectable } from '@nestjs/common';
import type { Scope } from '../../config/scopes.js';
import type { Quota, Taking } from '../../store/state/quota.js';
import { SharedState } from '../../store/state/shared.state.js';
import { Metrics } from '../../telemetry/metrics.js';
import type { BindingPolicy } from '../../telemetry/request.context.js';
import type { Caller } from '../auth/caller.js';
import { ProblemError } from '../problems/problem.error.js';
import { CallerPlaces, type Entry, type HeldPlace } from './caller.places.js';
import { bindingQuota, policiesOf } from './caller.policies.js';

/** A place is free as soon as any request of the caller ends; most take less than a second. */
const PLACE_FREE_SECONDS = 1;

/** What became of a request. */
export interface AdmissionResult {
  readonly policies: readonly BindingPolicy[];
  /** Why it is refused; undefined where it is admitted. */
  readonly refusal?: ProblemError | undefined;
  /** Of an admitted request, where the caller has a limit of requests in progress. */
  readonly place?: HeldPlace | undefined;
}

/** Admits a request within all limits of its caller, or refuses it and takes nothing of any. */
@Injectable()
export class CallerAdmission {
  constructor(
    private readonly state: SharedState,
    private readonly places: CallerPlaces,
    private readonly metrics: Metrics,
  ) {}

  /** A promise only where the limits are counted outside of this process. */
  admit(
    caller: Pick<Caller, 'name' | 'limit' | 'scopeLimits'>,
    scope: Scope,
  ): AdmissionResult | Promise<AdmissionResult> {
    const { quotas, concurrency } = policiesOf(caller, scope);
    const entry = this.places.enter(caller.name, concurrency);
    const taking = this.state.take('caller', caller.name, quotas, entry.isAdmitted ? 1 : 0);
    if (taking instanceof Promise) return taking.then((taken) => this.#settle(quotas, entry, taken));
    return this.#settle(quotas, entry, taking);
  }

  #settle(quotas: readonly Quota[], entry: Entry, taking: Taking): AdmissionResult {
    const policies: BindingPolicy[] = quotas.map((quota, at) => bindingQuota(quota, taking.states[at]!));
    if (entry.policies.length > 0) policies.push(...entry.policies);
    if (entry.isAdmitted && taking.isAdmitted) return { policies, place: entry.place };
    entry.place?.release();
    this.metrics.refused(entry.isAdmitted ? 'rate' : 'concurrency');
    const refusal = entry.isAdmitted
      ? tooMany(policies.slice(0, quotas.length), taking)
      : tooManyAtOnce(entry.policies);
    return { policies, refusal };
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
