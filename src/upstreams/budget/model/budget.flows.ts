import type { CallClass } from '../budget.types.js';
import { type BudgetState, type FlowState, SEEN_MS } from './budget.state.js';
import type { BudgetTurn } from './budget.turn.js';

/** Steps between two sweeps. A prime, so that it falls on acquisitions too, in any regular pattern of steps. */
const SWEEP_STEPS = 61;

/** By caller and class: an account has a flow for each of thousands of callers. Not part of the state, which Redis has too. */
const indexes = new WeakMap<readonly FlowState[], Map<string, FlowState>>();

export function findFlow(state: BudgetState, caller: string, callClass: CallClass): FlowState | undefined {
  return indexOf(state.flows).get(keyOf({ caller, callClass }));
}

export function addFlow(state: BudgetState, flow: FlowState): void {
  const index = indexOf(state.flows);
  state.flows.push(flow);
  index.set(keyOf(flow), flow);
}

/** Drops callers that were not seen lately, when none of their state is needed. Dropping one late has no effect. */
export function sweepFlows({ state, now }: BudgetTurn): void {
  if (state.seq % SWEEP_STEPS !== 0) return;
  const index = indexOf(state.flows);
  let kept = 0;
  for (const flow of state.flows) {
    const isOver = flow.seenMs + SEEN_MS <= now && flow.ticketMs <= now && flow.tag === 0;
    if (isOver) {
      index.delete(keyOf(flow));
      continue;
    }
    state.flows[kept] = flow;
    kept += 1;
  }
  state.flows.length = kept;
}

function indexOf(flows: readonly FlowState[]): Map<string, FlowState> {
  const known = indexes.get(flows);
  if (known?.size === flows.length) return known;
  const index = new Map(flows.map((flow) => [keyOf(flow), flow]));
  indexes.set(flows, index);
  return index;
}

function keyOf({ caller, callClass }: Pick<FlowState, 'caller' | 'callClass'>): string {
  return `${callClass} ${caller}`;
}
