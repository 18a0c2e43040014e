/** What became of a write. `not_executed`: safe to repeat. `unknown`: never repeat it blindly. */
export type Outcome = 'not_executed' | 'executed' | 'unknown';

/**
 * `claimed`: begun, and certainly not on the wire: what it is about is read first. `sent`: perhaps on the wire.
 * `succeeded`, `failed`: final. `unknown`: it left and no trustworthy answer came. `released`: it was never executed,
 * because it was not sent, or because the upstream refused it for now (its limit, our rights): the same key may begin it
 * again.
 */
export const OPERATION_STATES = ['claimed', 'sent', 'succeeded', 'failed', 'unknown', 'released'] as const;

/** Something may still happen to these: they keep others away from the same thing. */
export const UNFINISHED_STATES = ['claimed', 'sent', 'unknown'] as const satisfies readonly OperationState[];

export type OperationState = (typeof OPERATION_STATES)[number];

export type OperationEvent =
  /** A caller's write takes the key and may be sent at once. */
  | 'claim'
  /** A caller's write takes the key; it is not sent before `send`. */
  | 'prepare'
  /** What it is about was read; from now on it may be on the wire. */
  | 'send'
  /** What was asked for is so already: nothing has to be sent. */
  | 'already-so'
  /** The lease of a claim ended before it was sent. */
  | 'lapse'
  /** The upstream executed it. */
  | 'succeed'
  /** The upstream definitely refused it. */
  | 'fail'
  /** It did not leave, or the upstream refused it in a way that can be different the next time. */
  | 'release'
  /** It left, and no trustworthy answer came. */
  | 'lose'
  /** The lease ended without an answer: the process is dead or hangs. */
  | 'expire'
  /** Evidence or a person says what became of it. */
  | 'decide-executed'
  | 'decide-not-executed';

interface Transition {
  readonly from: readonly OperationState[];
  readonly to: OperationState;
}

/**
 * `succeed`, `fail` and `release` also leave `unknown`: the answer of the process that sent it, come late, is the
 * best evidence there is. Nothing leaves `succeeded` and `failed`. Time alone
 * leads from `sent` to `unknown`, and from `claimed`, which nothing can send any more, to `released`.
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

/** The state after the event, or undefined when the event has no effect there. No state: a new operation. */
export function transition(
  state: OperationState | undefined,
  event: OperationEvent,
): OperationState | undefined {
  const { from, to } = TRANSITIONS[event];
  if (state === undefined) return begins(event) ? to : undefined;
  return from.includes(state) ? to : undefined;
}

/** The states in which an event has an effect: the condition of its update in the ledger. */
export function statesBefore(event: OperationEvent): readonly OperationState[] {
  return TRANSITIONS[event].from;
}

export function stateAfter(event: OperationEvent): OperationState {
  return TRANSITIONS[event].to;
}

/**
 * Does the key still lead to this operation? After `decide-not-executed` it may begin another one; the decided one
 * keeps its final state, and the new one is a row of its own.
 */
export function keepsKey(event: OperationEvent): boolean {
  return event !== 'decide-not-executed';
}

/** Takes a key: for a new operation, or again for a released one. */
export function begins(event: OperationEvent): event is 'claim' | 'prepare' {
  return event === 'claim' || event === 'prepare';
}

/** What a caller may be told about a write in this state; null while it runs. The table computes the same. */
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
