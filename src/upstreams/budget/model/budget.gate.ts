import { decrease, earnRetry } from './budget.limits.js';
import type { HeldState } from './budget.state.js';
import type { BudgetTurn } from './budget.turn.js';
import type { CallOutcome } from '../budget.types.js';

/** One probe a second is no storm, and a vendor that recovers is used again within two. */
export const FAILING_MS = 1_000;

/** A probe without an outcome for so long lets the next one go: a hanging vendor would keep it for the whole attempt. */
export const PROBE_MS = 1_500;

/** No vendor's reset is believed beyond this. */
export const THROTTLED_MS_MAX = 3_600_000;

/** The vendor is failing after so many failures in a row, or when half of at least ten outcomes of 30 s are failures. */
const FAILURES_MAX = 5;
const OUTCOMES_MIN = 10;
const BUCKET_MS = 5_000;
const BUCKETS = 6;

/** An open gate becomes half-open by time alone. */
export function tickGate(turn: BudgetTurn): void {
  const { gate } = turn.state;
  if (gate.status !== 'open' || gate.untilMs > turn.now) return;
  gate.status = 'half-open';
  gate.probeMs = turn.now;
}

/** May a call go, as far as the gate is concerned? */
export function isGateClear(turn: BudgetTurn): boolean {
  const { gate, learnMs } = turn.state;
  if (learnMs > turn.now || gate.status === 'open') return false;
  return gate.status === 'closed' || gate.probeMs <= turn.now;
}

/** Every call that is not the probe itself is refused. */
export function isFailing(turn: BudgetTurn): boolean {
  return turn.state.gate.reason === 'failing';
}

/** The time until a call can go, when nothing else holds it up. */
export function gateWaitMs(turn: BudgetTurn): number {
  const { gate, learnMs } = turn.state;
  let untilMs = learnMs;
  if (gate.status === 'open') untilMs = Math.max(untilMs, gate.untilMs);
  return Math.max(0, untilMs - turn.now);
}

export function openGate(turn: BudgetTurn, reason: 'throttled' | 'failing', forMs: number): void {
  const { gate } = turn.state;
  const untilMs = turn.now + Math.min(THROTTLED_MS_MAX, Math.max(0, Math.ceil(forMs)));
  if (gate.status !== 'open') {
    gate.epoch += 1;
    gate.untilMs = untilMs;
    gate.reason = reason;
  } else {
    gate.untilMs = Math.max(gate.untilMs, untilMs);
    if (reason === 'throttled') gate.reason = reason;
  }
  gate.status = 'open';
  gate.probe = '';
  gate.failures = 0;
  gate.samples = [];
}

/** What another replica found out. While a probe is under way, what it finds counts more than what went before. */
export function openForAll(turn: BudgetTurn, reason: 'throttled' | 'failing', forMs: number): void {
  if (reason === 'failing' && turn.state.gate.status === 'half-open') return;
  openGate(turn, reason, forMs);
}

function closeGate(turn: BudgetTurn): void {
  const { gate } = turn.state;
  gate.status = 'closed';
  gate.reason = '';
  gate.untilMs = 0;
  gate.probeMs = 0;
  gate.probe = '';
}

/** When half-open, the call that was granted is the probe. */
export function noteProbe(turn: BudgetTurn, id: string): void {
  const { gate } = turn.state;
  if (gate.status !== 'half-open') return;
  gate.probe = id;
  gate.probeMs = turn.now + PROBE_MS;
}

/** Counts the outcome of a call, once. */
export function countOutcome(turn: BudgetTurn, call: HeldState, outcome: CallOutcome): void {
  switch (outcome.kind) {
    case 'complete':
      countSuccess(turn, call);
      if (outcome.quota) countQuota(turn, outcome.quota);
      break;
    case 'throttled':
      countThrottled(turn, call, outcome.retryAfterMs);
      break;
    case 'failed':
    case 'lost':
    case 'unreachable':
      countFailure(turn, call);
      break;
    case 'unsent':
      if (call.id === turn.state.gate.probe) turn.state.gate.probeMs = turn.now;
      break;
    default:
      outcome satisfies never;
  }
}

function countSuccess(turn: BudgetTurn, call: HeldState): void {
  const { gate } = turn.state;
  earnRetry(turn);
  if (gate.status === 'closed') {
    if (call.epoch !== gate.epoch) return;
    gate.failures = 0;
    sample(turn, 0);
    return;
  }
  /** A call from before shows that the vendor works again, but not that it has forgotten its limit. */
  if (gate.status === 'half-open' && (call.epoch === gate.epoch || gate.reason === 'failing'))
    closeGate(turn);
}

/** The vendor's own counter is used up, and the response has when it starts anew. */
function countQuota(turn: BudgetTurn, quota: { readonly remaining: number; readonly resetMs: number }): void {
  if (quota.remaining === 0 && quota.resetMs > 0) openGate(turn, 'throttled', quota.resetMs);
}

function countThrottled(turn: BudgetTurn, call: HeldState, retryAfterMs: number): void {
  if (call.epoch === turn.state.gate.epoch) decrease(turn);
  openGate(turn, 'throttled', retryAfterMs);
}

function countFailure(turn: BudgetTurn, call: HeldState): void {
  const { gate } = turn.state;
  if (call.epoch !== gate.epoch) return;
  if (gate.status === 'half-open') {
    openGate(turn, 'failing', FAILING_MS);
    return;
  }
  if (gate.status === 'open') return;
  gate.failures += 1;
  sample(turn, 1);
  if (gate.failures >= FAILURES_MAX || isHalfFailing(turn)) openGate(turn, 'failing', FAILING_MS);
}

function sample(turn: BudgetTurn, failed: number): void {
  const { samples } = turn.state.gate;
  const bucket = Math.floor(turn.now / BUCKET_MS);
  const last = samples.at(-1);
  if (last && last.bucket === bucket) {
    last.total += 1;
    last.failed += failed;
    return;
  }
  samples.push({ bucket, total: 1, failed });
  if (samples.length > BUCKETS) samples.shift();
}

function isHalfFailing(turn: BudgetTurn): boolean {
  const oldest = Math.floor(turn.now / BUCKET_MS) - BUCKETS + 1;
  let total = 0;
  let failed = 0;
  for (const sample of turn.state.gate.samples) {
    if (sample.bucket < oldest) continue;
    total += sample.total;
    failed += sample.failed;
  }
  return total >= OUTCOMES_MIN && failed * 2 >= total;
}
