import { Injectable, Optional } from '@nestjs/common';
import { Metrics, type ObservedCall } from '../../telemetry/metrics.js';
import {
  MisconfiguredError,
  NoTrustworthyAnswerError,
  NotSentError,
  ThrottledError,
  UpstreamError,
  type UpstreamName,
} from './upstream.errors.js';

/** What operators see of one upstream of one tenant. Times are RFC 3339 in UTC. */
export interface UpstreamState {
  readonly tenant: string;
  readonly upstream: UpstreamName;
  /** A refusal of what was asked, such as an unknown user, is a success: the upstream works. */
  lastSuccessAt: string | null;
  lastFailureAt: string | null;
  /** Class of the last failure, for example `NotSentError`; never a vendor text. */
  lastFailure: string | null;
  /** Of the last answered try, from asking for a connection to the last byte. */
  lastLatencyMs: number | null;
  /** SPiD only: is there a usable token, and until when; never the token. */
  token: { state: 'none' | 'valid' | 'expired'; expiresAt: string | null } | null;
  /** New settings that the vendor has not accepted yet, while those before them stay in use. */
  rotation: { since: string; trials: number; lastFailure: string | null } | null;
  /** Told of every try, for the metrics. */
  observe?: (call: Pick<ObservedCall, 'operation' | 'outcome' | 'seconds'>) => void;
}

/** Of an upstream that nothing is known of yet. */
export function blankState(tenant: string, upstream: UpstreamName): UpstreamState {
  return {
    tenant,
    upstream,
    lastSuccessAt: null,
    lastFailureAt: null,
    lastFailure: null,
    lastLatencyMs: null,
    token: null,
    rotation: null,
  };
}

/** Remembers how the last calls went, per tenant and upstream, in this process. */
@Injectable()
export class UpstreamHealth {
  readonly #states = new Map<string, UpstreamState>();

  constructor(@Optional() private readonly metrics?: Metrics) {}

  of(tenant: string, upstream: UpstreamName): UpstreamState {
    const key = `${tenant} ${upstream}`;
    const known = this.#states.get(key);
    if (known) return known;
    const state = blankState(tenant, upstream);
    state.observe = (call) => this.metrics?.called({ tenant, upstream, ...call });
    this.#states.set(key, state);
    return state;
  }

  /** The tenant does not use this upstream any more. */
  forget(tenant: string, upstream: UpstreamName): void {
    this.#states.delete(`${tenant} ${upstream}`);
  }

  all(): readonly UpstreamState[] {
    return [...this.#states.values()];
  }
}

/** Notes how a try ended; what is not an UpstreamError says nothing about the upstream. */
export function recordOutcome(state: UpstreamState, error?: unknown): void {
  const at = new Date().toISOString();
  if (isTrouble(error)) {
    state.lastFailureAt = at;
    state.lastFailure = error.name;
  } else if (error === undefined || error instanceof UpstreamError) {
    state.lastSuccessAt = at;
  }
}

export function recordAnswered(state: UpstreamState, latencyMs: number): void {
  state.lastLatencyMs = Math.round(latencyMs);
}

function isTrouble(error: unknown): error is UpstreamError {
  return [NotSentError, NoTrustworthyAnswerError, ThrottledError, MisconfiguredError].some(
    (trouble) => error instanceof trouble,
  );
}
