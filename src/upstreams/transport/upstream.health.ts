import { Injectable, Optional } from '@nestjs/common';
import { Metrics, type ObservedCall } from '../../telemetry/metrics.js';
import { wordsOfFailure } from './failure.words.js';
import {
  MisconfiguredError,
  NoTrustworthyResponseError,
  NotSentError,
  ThrottledError,
  UpstreamError,
  type UpstreamName,
} from './upstream.errors.js';

export const UPSTREAM_STATUSES = ['not_tried', 'working', 'failing'] as const;
export type UpstreamStatus = (typeof UPSTREAM_STATUSES)[number];

/** Trials of new settings that the vendor has not accepted yet. */
export interface RotationState {
  /** RFC 3339. */
  readonly since: string;
  readonly trials: number;
  /** Class of the last failure; null before the first trial has ended. */
  readonly lastFailure: string | null;
  /** Why it failed, in words for operators. */
  readonly lastFailureReason: string | null;
}

/** State of one upstream of one tenant, for operators. */
export interface UpstreamState {
  readonly tenant: string;
  readonly upstream: UpstreamName;
  /** Of the last call; `not_tried` before the first. */
  status: UpstreamStatus;
  /** A refusal of the request, such as an unknown user, is a success: the upstream works. */
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  /** Class of the last failure, for example `NotSentError`; never a vendor text. */
  lastFailure: string | null;
  /** Why it failed, in words for operators. */
  lastFailureReason: string | null;
  /** Of the last attempt with a response, from waiting for a connection to the last byte. */
  lastLatencyMs: number | null;
  /** SPiD only: whether there is a usable token, and its expiry as RFC 3339; never the token. */
  token: { state: 'none' | 'valid' | 'expired'; expiresAt: string | null } | null;
  /** New settings that the vendor has not accepted yet; the previous ones stay in use. */
  rotation: RotationState | null;
  /** Called after every attempt, for the metrics. */
  observe?: (call: Pick<ObservedCall, 'operation' | 'outcome' | 'seconds'>) => void;
}

/** State before the first call. */
export function blankState(tenant: string, upstream: UpstreamName): UpstreamState {
  return {
    tenant,
    upstream,
    status: 'not_tried',
    lastSuccessAt: null,
    lastFailureAt: null,
    lastFailure: null,
    lastFailureReason: null,
    lastLatencyMs: null,
    token: upstream === 'spid' ? { state: 'none', expiresAt: null } : null,
    rotation: null,
  };
}

/** State per tenant and upstream, of this process. */
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

  /** For a tenant that no longer uses this upstream. */
  forget(tenant: string, upstream: UpstreamName): void {
    this.#states.delete(`${tenant} ${upstream}`);
  }
}

/** Records the outcome of an attempt. An error that is no UpstreamError does not concern the upstream. */
export function recordOutcome(state: UpstreamState, error?: unknown): void {
  if (isTrouble(error)) {
    state.lastFailureAt = new Date();
    state.lastFailure = error.name;
    state.lastFailureReason = wordsOfFailure(error);
    state.status = 'failing';
  } else if (error === undefined || error instanceof UpstreamError) {
    state.lastSuccessAt = new Date();
    state.status = 'working';
  }
}

export function recordResponse(state: UpstreamState, latencyMs: number): void {
  state.lastLatencyMs = Math.round(latencyMs);
}

const TROUBLE = [NotSentError, NoTrustworthyResponseError, ThrottledError, MisconfiguredError];

function isTrouble(error: unknown): error is UpstreamError {
  return error !== undefined && TROUBLE.some((trouble) => error instanceof trouble);
}
