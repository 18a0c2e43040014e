import { decrease, earnRetry } from './budget.limits.js';
import { type HeldState, LINGER_MS, SEND_WITHIN_MS } from './budget.state.js';
import { type BudgetTurn, findHeld } from './budget.turn.js';
import type { CallOutcome } from '../budget.types.js';

/** From one probe to the next: one a second does not burden a vendor, and one that recovers is used again within two. */
export const FAILING_MS = 1_000;

/** A read that asked within this time is expected to ask again: refused callers retry after FAILING_MS. */
const READS_MS = 1_500;

/** Each such probe in a row that had no response gets longer, so that a vendor that has become slow is used again too. */
const LONG_PROBE = 20;

/** Longest reset of a vendor that is accepted; a later one is cut to it. */
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
}

/** May a call go, as far as the gate is concerned? When half-open, only while no probe is under way. */
export function isGateClear(turn: BudgetTurn): boolean {
  const { gate, learnMs } = turn.state;
  if (learnMs > turn.now || gate.status === 'open') return false;
  return gate.status === 'closed' || (gate.probeMs <= turn.now && !isProbing(turn));
}

/** Recognized by its place, independently of later changes of the gate. */
export function isProbing(turn: BudgetTurn): boolean {
  return findHeld(turn.state, turn.state.gate.probe)?.isPlace === true;
}

/** When half-open, the time until a probe may go, as far as it is known. */
export function probeWaitMs(turn: BudgetTurn): number {
  const { gate } = turn.state;
  if (isProbing(turn)) return Math.max(1, Math.min(FAILING_MS, gate.probeUntilMs - turn.now));
  return Math.max(0, gate.probeMs - turn.now);
}

/**
 * While the vendor fails, may this call be the probe? A write only while no read asks: a write that hangs has an unknown outcome,
 * and keeps every other probe away for its whole attempt.
 * @param probeMs of a read; 0 for a write
 */
export function mayProbe(turn: BudgetTurn, probeMs: number): boolean {
  const { gate } = turn.state;
  if (gate.reason !== 'failing') return true;
  if (probeMs > 0) gate.readMs = turn.now;
  return probeMs > 0 || gate.readMs + READS_MS <= turn.now;
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
  gate.cuts = 0;
}

/**
 * When half-open, the call that was granted is the probe. A read has a time limit while the vendor fails; other calls have all their
 * time: after throttling the vendor responds, perhaps slowly.
 */
export function noteProbe(turn: BudgetTurn, id: string, probeMs: number): void {
  const { gate } = turn.state;
  if (gate.status !== 'half-open') return;
  const isLimited = gate.reason === 'failing' && probeMs > 0;
  gate.probe = id;
  gate.probeUntilMs = turn.now + (isLimited ? probeLimitMs(turn, probeMs) : callMsMax(turn));
}

function probeLimitMs({ state, limits }: BudgetTurn, probeMs: number): number {
  const nth = state.gate.cuts + 1;
  const longer = nth % LONG_PROBE === 0 ? 2 ** (nth / LONG_PROBE) : 1;
  return Math.min(limits.attemptMs, probeMs * longer);
}

/** From the grant until the socket of a call is surely closed. */
function callMsMax({ limits }: BudgetTurn): number {
  return SEND_WITHIN_MS + limits.attemptMs + LINGER_MS;
}

/** A probe that a replica reports and the state has lost. */
export function learnProbe(turn: BudgetTurn, id: string): void {
  if (isProbing(turn)) return;
  turn.state.gate.probe = id;
  turn.state.gate.probeUntilMs = turn.now + callMsMax(turn);
}

/** The replica of the probe is dead, or only cannot be reached: then the probe is under way until its time is over. */
export function loseProbe(turn: BudgetTurn): void {
  const { gate } = turn.state;
  gate.probeMs = Math.max(gate.probeMs, gate.probeUntilMs);
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
      countFailure(turn, call, outcome.kind === 'lost');
      break;
    case 'unsent':
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
  /** A call granted before the gate opened shows that the vendor works again, but not that its limit has been reset. */
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

function countFailure(turn: BudgetTurn, call: HeldState, isLost: boolean): void {
  const { gate } = turn.state;
  if (call.epoch !== gate.epoch) return;
  if (gate.status === 'half-open') {
    gate.cuts = isLost ? gate.cuts + 1 : 0;
    openGate(turn, 'failing', call.grantedMs + FAILING_MS - turn.now);
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
