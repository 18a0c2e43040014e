/** Outcome of a write. `not_executed`: safe to repeat. `unknown`: never repeat it blindly. */
export type Outcome = 'not_executed' | 'executed' | 'unknown';

/**
 * - `claimed`: started and certainly not sent; its snapshot is being read
 * - `sent`: possibly sent
 * - `succeeded`, `failed`: final
 * - `unknown`: sent, without a trustworthy response
 * - `released`: never executed, because it was not sent or the upstream refused it temporarily (rate limit, missing
 *   rights); the same key may start it again
 */
export const OPERATION_STATES = ['claimed', 'sent', 'succeeded', 'failed', 'unknown', 'released'] as const;

/** These may still change; they block other writes with the same exclusive key. */
export const UNFINISHED_STATES = ['claimed', 'sent', 'unknown'] as const satisfies readonly OperationState[];

export type OperationState = (typeof OPERATION_STATES)[number];

export type OperationEvent =
  /** Takes the key; the write may be sent at once. */
  | 'claim'
  /** Takes the key; the write must not be sent before `send`. */
  | 'prepare'
  /** The snapshot was read; from now on the write is possibly sent. */
  | 'send'
  /** The requested state exists already: nothing has to be sent. */
  | 'already-so'
  /** The lease of a claim expired before it was sent. */
  | 'lapse'
  /** The upstream executed it. */
  | 'succeed'
  /** The upstream definitely refused it. */
  | 'fail'
  /** It was not sent, or the upstream refused it in a way that may differ next time. */
  | 'release'
  /** It was sent, and no trustworthy response arrived. */
  | 'lose'
  /** The lease expired without a report: the process is dead or hangs. */
  | 'expire'
  /** Decided by evidence or by a person. */
  | 'decide-executed'
  | 'decide-not-executed';

interface Transition {
  readonly from: readonly OperationState[];
  readonly to: OperationState;
}

/**
 * `succeed`, `fail` and `release` also leave `unknown`: a late report of the process that sent the write is the best
 * evidence there is. Nothing leaves `succeeded` and `failed`. Time alone leads from `sent` to `unknown`, and from
 * `claimed`, which can no longer be sent, to `released`.
 */
const TRANSITIONS: Readonly<Record<OperationEvent, Transition>> = {
  claim: { from: ['released'], to: 'sent' },
  prepare: { from: ['released'], to: 'claimed' },
  send: { from: ['claimed'], to: 'sent' },
  'already-so': { from: ['claimed'], to: 'succeeded' },
  lapse: { from: ['claimed'], to: 'released' },
  succeed: { from: ['sent', 'unknown'], to: 'succeeded' },
  fail: { from: ['sent', 'unknown'], to: 'failed' },
  release: { from: ['claimed', 'sent', 'unknown'], to: 'released' },
  lose: { from: ['sent'], to: 'unknown' },
  expire: { from: ['sent'], to: 'unknown' },
  'decide-executed': { from: ['unknown'], to: 'succeeded' },
  'decide-not-executed': { from: ['unknown'], to: 'failed' },
};

/** The state after the event; undefined if the event has no effect in this state. No state: a new operation. */
export function transition(
  state: OperationState | undefined,
  event: OperationEvent,
): OperationState | undefined {
  const { from, to } = TRANSITIONS[event];
  if (state === undefined) return begins(event) ? to : undefined;
  return from.includes(state) ? to : undefined;
}

/** The states in which the event has an effect: the condition of its SQL update. */
export function statesBefore(event: OperationEvent): readonly OperationState[] {
  return TRANSITIONS[event].from;
}

export function stateAfter(event: OperationEvent): OperationState {
  return TRANSITIONS[event].to;
}

/**
 * Whether the key still identifies this operation. After `decide-not-executed` it may start a new one, in a row of
 * its own; the decided one keeps its final state.
 */
export function keepsKey(event: OperationEvent): boolean {
  return event !== 'decide-not-executed';
}

/** Whether the event takes a key: of a new operation, or again of a released one. */
export function begins(event: OperationEvent): event is 'claim' | 'prepare' {
  return event === 'claim' || event === 'prepare';
}

/** The outcome that a caller may receive for this state; null while it runs. */
export function outcomeOfState(state: OperationState): Outcome | null {
  switch (state) {
    case 'claimed':
    case 'sent':
      return null;
    case 'succeeded':
      return 'executed';
    case 'failed':
    case 'released':
      return 'not_executed';
    case 'unknown':
      return 'unknown';
    default:
      return state satisfies never;
  }
}
