import type { Effect } from '../../../src/simulators/simulator.js';
import type { ReceivedCall } from '../../../src/simulators/simulator.traffic.js';
import type { ClientResponse } from '../client.js';
import type { Note } from '../processes/gateway.notes.js';
import type { LedgerRow } from './ledger.row.js';
import type { TakenDecision } from '../person.js';
import type { PlannedWrite, Upstream } from '../plan/planned.write.js';
import type { Reading } from '../readers.js';
import type { SprungTrap } from '../traps.js';

/** An effect that a vendor really committed, and when, by the machine's clock. */
export type DatedEffect = Effect & { readonly atMs: number };

/** All that is known of a schedule once nothing runs any more. */
export interface Findings {
  readonly writes: readonly PlannedWrite[];
  readonly responses: readonly ClientResponse[];
  /** The recorded effects, without what the preparation did, each upstream's in order. */
  readonly effects: readonly DatedEffect[];
  readonly rows: readonly LedgerRow[];
  /** As the ledger was each time that nothing was running; the last is before each key was asked a last time. */
  readonly earlier: readonly (readonly LedgerRow[])[];
  readonly decisions: readonly TakenDecision[];
  readonly traps: readonly SprungTrap[];
  /** Between these everything has happened, by the machine's clock, which is the database's. */
  readonly window: { readonly fromMs: number; readonly toMs: number };
  /** What each vendor received from the gateways. */
  readonly traffic: Readonly<Record<Upstream, readonly ReceivedCall[]>>;
  /** Reads with deadlines. */
  readonly readings: readonly Reading[];
  /** Of all gateways, since the schedule began. */
  readonly notes: readonly Note[];
  readonly processes: Processes;
  /** How long it took each time that the trouble was over, until everything was served again. */
  readonly recoveriesMs: readonly number[];
}

/** What the schedule did with gateways. */
export interface Processes {
  /** Of them made calls at one time, at most. */
  readonly atOnce: number;
  /** Were stopped and went on. */
  readonly stoodStill: number;
  /** Ended by themselves: their addresses. */
  readonly crashed: readonly string[];
}

export type ViolationKind =
  /** One key, or one request, had several effects; or a repeat without a key executed again what was so already. */
  | 'duplicate'
  /** Executed by the ledger or a response, and there is no effect. */
  | 'lost'
  /** Not executed by the ledger or a response, and there is an effect, or may be one. */
  | 'guessed'
  /** Two responses about one operation do not agree. */
  | 'contradiction'
  /** A final state did not stay. */
  | 'changed'
  /** An operation never ends. */
  | 'stuck'
  /** An effect that no write asked for. */
  | 'stray'
  /** A time in the ledger is not the database's. */
  | 'clock'
  /** What had to be written down or logged was not. */
  | 'silent'
  /** A response that must not be. */
  | 'unexpected'
  /** A vendor got more than its limit allows. */
  | 'limit'
  /** A response came after its deadline, or never. */
  | 'late'
  /** An error that no one handled, or a process that ended by itself. */
  | 'crash'
  /** The trouble was over and requests were still not served. */
  | 'slow';

export interface Violation {
  readonly kind: ViolationKind;
  readonly what: string;
}

/** One write as clients, ledger and vendors recorded it. */
export interface Case {
  readonly write: PlannedWrite;
  readonly responses: readonly ClientResponse[];
  readonly effects: readonly DatedEffect[];
  readonly rows: readonly LedgerRow[];
  readonly earlier: readonly (readonly LedgerRow[])[];
  /** Effects of other writes on the same thing at the vendor. */
  readonly neighbours: readonly DatedEffect[];
  /** Ids of operations that were decided wrongly. */
  readonly wrong: ReadonlySet<string>;
  /** Somebody decided wrongly about an operation on this thing: what follows from that is not the gateway's doing. */
  readonly isMisled: boolean;
}

export type Check = (known: Case) => Violation[];
