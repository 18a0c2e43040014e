import type { Effect } from '../../src/simulators/simulator.js';
import type { OperationKind } from '../../src/http/operations/idempotent.decorator.js';

export type Upstream = 'spid' | 'import2';

/** A fault as the simulators take it; the operation is that of the write. */
export interface PlannedFault {
  readonly kind: string;
  readonly ms?: number;
}

/** One write that a client wants once, whatever happens. */
export interface PlannedWrite {
  /** Unique in the run; for messages. */
  readonly name: string;
  readonly caller: string;
  readonly kind: OperationKind;
  /** The same text is used by other callers and for other kinds too. */
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly upstream: Upstream;
  /** Where a fault for it is placed, and how its effects are called. */
  readonly operation: string;
  /** Members of its effects that no other write of the schedule has all of. */
  readonly effect: Readonly<Record<string, unknown>>;
  readonly fault?: PlannedFault;
  /** When the clients begin it, since the start of the traffic. More than one send the same key. */
  readonly atMs: readonly number[];
}

export function isEffectOf({ operation, effect }: PlannedWrite, seen: Effect): boolean {
  return (
    seen.operation === operation &&
    Object.entries(effect).every(([name, value]) => JSON.stringify(seen[name]) === JSON.stringify(value))
  );
}
