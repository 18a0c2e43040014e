import type { BudgetRequest, BudgetSnapshot, CallOutcome, RefusalReason } from './budget.types.js';

/** A call as a replica reports it in its heartbeat, so that a store that lost it can learn it again. */
export interface HeldCall extends Pick<BudgetRequest, 'caller' | 'callClass' | 'operation'> {
  readonly id: string;
  /** Granted while the gate was half-open. */
  readonly isProbe?: boolean;
}

/** One step of the shared state of an account. Ids are unique over all replicas; a repeated step changes nothing. */
export type BudgetStep =
  | ({ readonly step: 'acquire'; readonly id: string } & BudgetRequest)
  /** Refuses what `acquire` would refuse now, and takes nothing. Only where calls are counted in this process. */
  | ({ readonly step: 'check'; readonly id: string } & BudgetRequest)
  /** Any combination, in this order: the head arrived, the outcome, the place is free. */
  | {
      readonly step: 'settle';
      readonly id: string;
      readonly head?: boolean;
      readonly outcome?: CallOutcome;
      readonly release?: boolean;
    }
  /** Takes a waiting call out of the queue, or returns a grant that was not used. */
  | { readonly step: 'cancel'; readonly id: string }
  /** The heartbeat of a replica, with every call that it holds or that waits. */
  | {
      readonly step: 'beat';
      readonly held: readonly HeldCall[];
      readonly waiting: readonly string[];
      /** The replica has made calls without this store: nothing is granted until all that can be under way is counted. */
      readonly learn?: boolean;
      /** With `learn`: so much later, because others may not have noticed yet that this replica is away. */
      readonly afterMs?: number;
      /** It has no calls: its next beats are rare. */
      readonly isIdle?: boolean;
      /** It goes on making calls without this store: the others keep its share back, as if it were silent. */
      readonly isApart?: boolean;
    }
  /** Opens the gate for every replica: what one of them found out where calls are counted in each process. */
  | { readonly step: 'open'; readonly reason: 'throttled' | 'failing'; readonly forMs: number }
  /** The replica ends: its waiting calls are dropped, its grants stay until they are settled or expire. */
  | { readonly step: 'leave' };

/** What became of a call that waits or asked. */
export type BudgetResult =
  | {
      readonly id: string;
      readonly granted: true;
      /** The grant may be used so long. */ readonly sendWithinMs: number;
      /** Of a probe: its socket has to be closed within so long. A call that cannot be cut short has no limit here. */
      readonly probeMs?: number;
    }
  | {
      readonly id: string;
      readonly granted: false;
      readonly reason: RefusalReason;
      readonly retryAfterMs: number;
    };

export interface BudgetReply {
  /** Grows by one with every step; a store that shows a smaller one than seen before has lost writes. */
  readonly seq: number;
  /** For the replica that made the step. A call that has to wait is in no result yet. */
  readonly results: readonly BudgetResult[];
  /** For other replicas, which learn them by a message, or at their next beat when that is lost. */
  readonly others: readonly { readonly replica: string; readonly results: readonly BudgetResult[] }[];
  /** When something can change without any further step; undefined when nothing can. */
  readonly nextMs: number | undefined;
  /** Replicas seen alive, this one included. */
  readonly replicas: number;
  /** Replicas seen alive that joined before this one. */
  readonly rank: number;
  /** At a beat: calls reported as waiting that the state does not have, neither waiting nor granted. They ask again. */
  readonly unknown?: readonly string[];
  /** Time of the step on the account's own clock, which only moves forward. The replica sends it back with its next step. */
  readonly storeMs: number;
  readonly state: Omit<BudgetSnapshot, 'account' | 'limits' | 'mode'>;
}

export interface StepContext {
  readonly replica: string;
  /** The largest `seq` that this replica has seen from the account's store; 0 at first. */
  readonly seq: number;
  /** The newest reply that this replica has, to distinguish time that passed from a server's clock that was set. */
  readonly last?: LastReply | undefined;
  /** Identity of the server process (`run_id`) that the replica is connected to: another one may have lost writes. */
  readonly server?: string | undefined;
  /** What the replica uses by itself from now on when the store is away, where it has to be reported. */
  readonly share?: ReplicaShare | undefined;
}

/** Of an account with a rate. */
export interface ReplicaShare {
  readonly calls: number;
  readonly places: number;
  /** The configured number of replicas. */
  readonly replicas: number;
}

export interface LastReply {
  readonly storeMs: number;
  /** Time since the reply arrived, on the replica's monotonic clock. */
  readonly agoMs: number;
}
