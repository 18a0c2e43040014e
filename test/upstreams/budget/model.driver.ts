import { stepBudget } from '../../../src/upstreams/budget/model/budget.model.js';
import { type BudgetState, emptyState } from '../../../src/upstreams/budget/model/budget.state.js';
import type { BudgetReply, BudgetResult, BudgetStep } from '../../../src/upstreams/budget/budget.protocol.js';
import type { BudgetLimits, BudgetRequest, CallOutcome } from '../../../src/upstreams/budget/budget.types.js';

export const IMPORT2_LIMITS: BudgetLimits = {
  rate: { calls: 10, windowMs: 1_000 },
  places: 16,
  attemptMs: 10_000,
};
export const SPID_LIMITS: BudgetLimits = { rate: undefined, places: 64, attemptMs: 10_000 };

/** Slot of a call whose head was seen: the window, a millisecond for whole ones, and 500 ppm of drift. */
export const HELD_WINDOW_MS = 1_002;

export type BudgetDecision = BudgetResult & { readonly atMs: number };

/** The model on a clock that the test moves, with replicas that lose nothing. */
export class ModelDriver {
  readonly state: BudgetState = emptyState();
  /** Every result, in order. */
  readonly decisions: BudgetDecision[] = [];
  nowMs = 1_000_000;
  last: BudgetReply | undefined;
  #ids = 0;

  constructor(public limits: BudgetLimits = IMPORT2_LIMITS) {}

  step(step: BudgetStep, replica = 'r1'): BudgetReply {
    const context = { replica, seq: 0, last: { storeMs: this.nowMs, agoMs: 0 } };
    const reply = stepBudget(this.state, this.nowMs, { limits: this.limits, context, step });
    const all = [...reply.results, ...reply.others.flatMap((other) => other.results)];
    this.decisions.push(...all.map((result) => ({ ...result, atMs: this.nowMs })));
    this.last = reply;
    return reply;
  }

  /** Returns the id of the call. */
  acquire(
    request: Partial<BudgetRequest> & { readonly replica?: string; readonly id?: string } = {},
  ): string {
    this.#ids += 1;
    const { replica = 'r1', id = `c${this.#ids}`, ...rest } = request;
    this.step({ ...ASKED, ...rest, step: 'acquire', id }, replica);
    return id;
  }

  /** The whole response arrives. */
  complete(id: string, replica = 'r1'): BudgetReply {
    return this.settle(id, { kind: 'complete' }, replica);
  }

  settle(id: string, outcome: CallOutcome, replica = 'r1'): BudgetReply {
    return this.step({ step: 'settle', id, outcome, release: true }, replica);
  }

  beat(
    replica = 'r1',
    held: string[] = this.heldBy(replica),
    waiting = this.waitingOf(replica),
  ): BudgetReply {
    const calls = held.map((id) => ({
      id,
      caller: 'alpha',
      callClass: 'interactive' as const,
      operation: 'get',
    }));
    return this.step({ step: 'beat', held: calls, waiting }, replica);
  }

  heldBy(replica: string): string[] {
    return this.state.held.filter((call) => call.replica === replica && call.isPlace).map(({ id }) => id);
  }

  waitingOf(replica: string): string[] {
    return this.state.waiting.filter((call) => call.replica === replica).map(({ id }) => id);
  }

  /** Moves the clock, with a beat of the replica whenever the model asks for a step, or every 500 ms. */
  pass(ms: number, replica = 'r1'): void {
    const endMs = this.nowMs + ms;
    while (this.nowMs < endMs) {
      const waitMs = Math.ceil(this.last?.nextMs ?? 500);
      this.nowMs = Math.min(endMs, this.nowMs + Math.min(500, waitMs));
      this.beat(replica);
    }
  }

  /** How the call ended; undefined while it waits. */
  decision(id: string): BudgetDecision | undefined {
    return this.decisions.findLast((decision) => decision.id === id);
  }

  isGranted(id: string): boolean {
    return this.decision(id)?.granted === true;
  }

  refusal(id: string): (BudgetDecision & { granted: false }) | undefined {
    const decision = this.decision(id);
    return decision?.granted === false ? decision : undefined;
  }

  get granted(): string[] {
    return this.decisions.filter(({ granted }) => granted).map(({ id }) => id);
  }
}

const ASKED: BudgetRequest = {
  caller: 'alpha',
  weight: 1,
  callClass: 'interactive',
  operation: 'get',
  waitMs: 5_000,
};
