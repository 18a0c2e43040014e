import type { CallClass } from '../budget.types.js';

/** A replica without a step for so long is dead: its places return. Six beats. */
export const REPLICA_TTL_MS = 3_000;

/** Calls of a replica that was silent for so long get no grant: it would not use it. Three beats. */
export const SILENT_MS = 1_500;

/** The same for replicas without calls, which beat every 2 s, and when they are dead. */
export const IDLE_SILENT_MS = 6_000;
export const IDLE_TTL_MS = 7_500;

/** So long the share of a replica that is silent and did not leave is kept back, unless as many as configured are alive. */
export const MISSING_MS = 600_000;

/** A grant may be used so long. Below REPLICA_TTL_MS: a replica that counts as dead sends nothing more. */
export const SEND_WITHIN_MS = 2_500;

/** A request whose response never came reaches the vendor at most so long after we gave it up. */
export const LINGER_MS = 2_000;

/** Waiting calls of an account with a rate, and of one caller in one class: a longer queue is not served in time anyway. */
export const QUEUE_MAX = 200;
export const CALLER_QUEUE_MAX = 50;

/** Without a rate: a burst that a vendor in its usual form serves within a second. A step takes 0.1 ms with so many. */
export const FAST_QUEUE_MAX = 1_000;
export const FAST_CALLER_QUEUE_MAX = 250;

/** A caller without a call for so long no longer counts when the share of the others is worked out. */
export const SEEN_MS = 4_000;

/** Held until the head of its response is seen. The largest integer that a double holds exactly. */
export const UNTIL_HEAD = 9_007_199_254_740_991;

/**
 * State of one account. Plain data, of integers, fractions, strings and booleans: Lua runs the same algorithm on the same
 * tables, so there is no null, no map, and no order but that of lists. Times are milliseconds of the account's clock.
 */
export interface BudgetState {
  seq: number;
  /** Identity of the server process that wrote it last; '' when unknown. */
  server: string;
  /** The account's clock at the last step, and its distance from the server's clock. */
  lastMs: number;
  skewMs: number;
  /** Nothing is granted until then: calls that this state does not know may be under way. */
  learnMs: number;
  gate: GateState;
  pace: PaceState;
  /** In the order in which they joined. */
  replicas: ReplicaState[];
  /** Dead, or only out of reach and making calls by themselves; the last one first. */
  missing: ReplicaState[];
  /** Calls that hold a place, a rate slot, or both, in the order of their grants. */
  held: HeldState[];
  /** In the order in which they came. */
  waiting: WaitingState[];
  /** Callers of a class that were seen lately, wait, or have a ticket. */
  flows: FlowState[];
  /** Mean time that a place is held, for each vendor call. */
  operations: PlaceTimeState[];
  /** Virtual time of fair queueing: start tag of the last call granted out of the queue. */
  interactiveTag: number;
  backgroundTag: number;
  /** Calls granted to interactive callers in a row while a background call waited. */
  passed: number;
}

export interface GateState {
  status: 'closed' | 'open' | 'half-open';
  /** Why it is not closed; '' when it is. */
  reason: '' | 'throttled' | 'failing';
  /** End of `open`. */
  untilMs: number;
  /** The last probe; under way while it has its place. */
  probe: string;
  /** Its socket is closed by then in every case. */
  probeUntilMs: number;
  /** No probe before: one whose replica is dead may still be under way. */
  probeMs: number;
  /** When a read asked last while the vendor failed. */
  readMs: number;
  /** Probes in a row that had no response. */
  cuts: number;
  /** Grows whenever the gate opens: what a call granted before reports no longer counts. */
  epoch: number;
  /** Failures in a row. */
  failures: number;
  /** Outcomes of the last 30 s. */
  samples: { bucket: number; total: number; failed: number }[];
}

export interface PaceState {
  /** What throttling has taken off the calls per window, and off the places where there is no rate. */
  rateLoss: number;
  placeLoss: number;
  /** No throttling for so long: the limits may grow then. */
  growMs: number;
  /** Retries above what successes have earned, in tenths. */
  retryTenths: number;
  /** Mean times from grant to head, and from grant to release. */
  headMs: number;
  placeMs: number;
}

export interface ReplicaState {
  name: string;
  /** It has been in the list since then. */
  sinceMs: number;
  seenMs: number;
  /** Without calls: beats are rare. */
  isIdle: boolean;
  /** What it uses by itself when it does not reach the store. */
  calls: number;
  places: number;
  /** The configured number of replicas; 0 when it has left, or has not reported it. */
  expected: number;
}

export interface HeldState {
  id: string;
  replica: string;
  caller: string;
  callClass: CallClass;
  operation: string;
  grantedMs: number;
  sendByMs: number;
  epoch: number;
  isPlace: boolean;
  /** Its rate slot is held until then; 0 without one. */
  slotMs: number;
  /** These are left out while they are false: most of the time of a step goes into reading and writing the state. */
  isRetry?: boolean;
  /** Nothing was sent. */
  isUnsent?: boolean;
  hasHead?: boolean;
  hasOutcome?: boolean;
  /** Its replica was dead, or no longer knew it. */
  isExpired?: boolean;
}

export interface WaitingState {
  id: string;
  replica: string;
  caller: string;
  callClass: CallClass;
  operation: string;
  weight: number;
  waitMs: number;
  sinceMs: number;
  /** The last moment for its grant. */
  latestMs: number;
  isRetry: boolean;
  /** Number of the step that brought it, so that no two are equal. */
  no: number;
}

export interface FlowState {
  caller: string;
  callClass: CallClass;
  weight: number;
  seenMs: number;
  /** Start tag of fair queueing. */
  tag: number;
  /** The next refused call of this caller is asked to come back then. */
  ticketMs: number;
}

export interface PlaceTimeState {
  name: string;
  placeMs: number;
}

/** Times of an account without history: of a vendor that responds as the two usually do. */
const FIRST_HEAD_MS = 100;
const FIRST_PLACE_MS = 150;

export function emptyState(): BudgetState {
  return {
    seq: 0,
    server: '',
    lastMs: 0,
    skewMs: 0,
    learnMs: 0,
    gate: {
      status: 'closed',
      reason: '',
      untilMs: 0,
      probe: '',
      probeUntilMs: 0,
      probeMs: 0,
      readMs: 0,
      cuts: 0,
      epoch: 0,
      failures: 0,
      samples: [],
    },
    pace: {
      rateLoss: 0,
      placeLoss: 0,
      growMs: 0,
      retryTenths: 0,
      headMs: FIRST_HEAD_MS,
      placeMs: FIRST_PLACE_MS,
    },
    replicas: [],
    missing: [],
    held: [],
    waiting: [],
    flows: [],
    operations: [],
    interactiveTag: 0,
    backgroundTag: 0,
    passed: 0,
  };
}
