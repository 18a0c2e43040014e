import type { Effect } from '../../../src/simulators/simulator.js';
import type { OperationKind } from '../../../src/ledger/operation.kind.js';
import type { Trap } from '../trap.js';

export type Upstream = 'spid' | 'import2';

/** A fault as the simulators take it; the operation is that of the write. */
export interface PlannedFault {
  readonly kind: string;
  readonly ms?: number;
}

/** One write that a client wants exactly once. */
export interface PlannedWrite {
  /** Unique in the run; the ids of its requests begin with it. */
  readonly name: string;
  readonly tenant: string;
  readonly caller: string;
  readonly kind: OperationKind;
  /** The same text is used by other callers, for other tenants and kinds too. null: a write without one. */
  readonly key: string | null;
  readonly method: string;
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly upstream: Upstream;
  /** Where a fault for it is placed, and how its effects are called. */
  readonly operation: string;
  /** The read before it, where there is one. */
  readonly snapshot?: string;
  /** What it is about at the vendor, however callers spell it. Others of the schedule may be about the same. */
  readonly subject: string;
  /** Members of its effects. */
  readonly effect: Readonly<Record<string, unknown>>;
  readonly fault?: PlannedFault;
  readonly trap?: Trap;
  /** When the clients begin it, since the start of the traffic. More than one send the same key. */
  readonly atMs: readonly number[];
}

/** Whether this write asked for such an effect. */
export function isEffectOf({ operation, effect }: PlannedWrite, seen: Effect): boolean {
  return (
    seen.operation === operation &&
    Object.entries(effect).every(([name, value]) => JSON.stringify(seen[name]) === JSON.stringify(value))
  );
}

/** The id of one of its requests. */
export function requestIdOf({ name }: Pick<PlannedWrite, 'name'>, number: number): string {
  return `${name}.${number}`;
}

export function isRequestOf(
  { name }: Pick<PlannedWrite, 'name'>,
  requestId: string | null | undefined,
): boolean {
  return requestId?.startsWith(`${name}.`) === true;
}
