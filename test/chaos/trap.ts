import type { ClockShift } from './processes/process.clock.js';

/**
 * Trouble at one exact moment of one write's first request.
 * - `claim`: the claim is on its way to the database and is committed while the process does not hear of it.
 * - `snapshot`: the upstream holds back the read before the write.
 * - `call`: the upstream holds back the write itself.
 */
export type Moment = 'claim' | 'snapshot' | 'call';

/** What a process finds of its clocks when it goes on after a freeze. */
export type Clocks =
  /** Both went on: it was stopped. */
  | 'went-on'
  /** The monotonic clock stood still: its machine was suspended. */
  | 'suspended'
  /** The wall clock was set back by more than the freeze lasted. */
  | 'set-back';

export const CLOCKS: readonly Clocks[] = ['went-on', 'suspended', 'set-back'];

export type Trap =
  /**
   * The process stands still for `ms`, longer than a lease. `decided`: as soon as its operation is unknown, a person
   * who finds nothing at the vendor decides not_executed, so that the key runs again before the process goes on.
   */
  | {
      readonly kind: 'freeze';
      readonly at: Moment;
      readonly ms: number;
      readonly clocks: Clocks;
      readonly decided: boolean;
    }
  | { readonly kind: 'kill'; readonly at: Moment }
  /** The packet with this statement is late by `ms`. For `record`, a person decides not_executed before it comes. */
  | { readonly kind: 'late-packet'; readonly of: 'claim' | 'send' | 'record'; readonly ms: number }
  /** The database loses the row, as in a failover to a standby that has not got it. */
  | { readonly kind: 'lose-row'; readonly at: 'snapshot' | 'call' };

export function nameOf(trap: Trap): string {
  switch (trap.kind) {
    case 'freeze':
      return `freeze-${trap.at}${trap.decided ? '-decided' : ''}-${trap.clocks}`;
    case 'kill':
    case 'lose-row':
      return `${trap.kind}-${trap.at}`;
    case 'late-packet':
      return `late-${trap.of}`;
    default:
      return trap satisfies never;
  }
}

/** The ledger has no row while the trap is sprung: the caller waits for its response and does not retry before. */
export function mustBePatient(trap: Trap): boolean {
  return trap.kind === 'lose-row' || (trap.kind === 'late-packet' && trap.of === 'claim');
}

/** Which of the write's calls the upstream has to hold back for it. */
export function heldCallOf(trap: Trap): 'snapshot' | 'call' | undefined {
  if (trap.kind === 'late-packet') return trap.of === 'claim' ? undefined : HELD_FOR[trap.of];
  return trap.at === 'claim' ? undefined : trap.at;
}

const HELD_FOR = { send: 'snapshot', record: 'call' } as const;

/** How much a set-back clock loses beyond the freeze. */
const SET_BACK_MS = 60_000;

/** By how much a process finds its clocks moved after a freeze of this length. */
export function shiftOf(clocks: Clocks, frozenMs: number): ClockShift {
  switch (clocks) {
    case 'went-on':
      return { wallMs: 0, monotonicMs: 0 };
    case 'suspended':
      return { wallMs: 0, monotonicMs: -frozenMs };
    case 'set-back':
      return { wallMs: -frozenMs - SET_BACK_MS, monotonicMs: 0 };
    default:
      return clocks satisfies never;
  }
}
