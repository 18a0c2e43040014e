import { setTimeout as sleep } from 'node:timers/promises';
import { currentRequestId, isRequestId } from './request.id.js';
import type { SimulatorClock } from './simulator.clock.js';
import { isWhole } from './whole.number.js';

/** An injected fault: the next `times` calls of `operation` (`*` is any) fail by `kind`. */
export interface Fault {
  readonly operation: string;
  /** `latency`, `execute-late`, `status-<n>`, `reset-before`, `reset-after`, `hang-after`, `garbled`, `truncated`. */
  readonly kind: string;
  times: number;
  /** Delay before execution: for `latency` in real time, for `execute-late` on the simulator's clock. */
  readonly ms?: number;
  /** Only for calls whose `X-Request-Id` begins with this. */
  readonly requestId?: string;
}

const FAULT_KINDS =
  /^(latency|execute-late|status-[2-5]\d\d|reset-before|reset-after|hang-after|garbled|truncated)$/;
const FAULT_KINDS_NAMED =
  'latency, execute-late, status-<200 to 599>, reset-before, reset-after, hang-after, garbled, truncated';

/** The maximum of a timer in milliseconds, about 24 days. */
const NUMBER_MAX = 2_147_483_647;

const LATENCY_MS = 1_000;

/** A creation was once executed this long after it had arrived. */
const EXECUTE_LATE_MS = 480_000;

/** The pending faults; each applies to as many calls as requested. */
export class Faults {
  readonly #operations: ReadonlySet<string>;
  #waiting: Fault[] = [];
  #heldBack = 0;
  #late = 0;

  constructor(
    operations: readonly string[],
    private readonly clock: SimulatorClock,
  ) {
    this.#operations = new Set([...operations, '*']);
  }

  add(body: unknown): string | undefined {
    const { operation, kind, times, ms, requestId } = (body ?? {}) as Record<string, unknown>;
    if (typeof operation !== 'string' || !this.#operations.has(operation)) {
      return `operation must be one of this vendor's: ${[...this.#operations].join(', ')}`;
    }
    if (typeof kind !== 'string' || !FAULT_KINDS.test(kind))
      return `kind must be one of: ${FAULT_KINDS_NAMED}`;
    if (!isWhole(times, 1, NUMBER_MAX)) return `times must be a whole number from 1 to ${NUMBER_MAX}`;
    if (ms !== undefined && !isWhole(ms, 0, NUMBER_MAX))
      return `ms must be a whole number from 0 to ${NUMBER_MAX}`;
    if (requestId !== undefined && !isRequestId(requestId)) {
      return 'requestId must be the beginning of a request id';
    }
    this.#waiting.push({
      operation,
      kind,
      times,
      ...(ms === undefined ? {} : { ms }),
      ...(requestId === undefined ? {} : { requestId }),
    });
    return undefined;
  }

  clear(): void {
    this.#waiting = [];
  }

  /** Pending faults, and how many delayed calls may still have an effect: under `latency` and under `execute-late`. */
  get standing() {
    return { waiting: this.#waiting, heldBack: this.#heldBack, late: this.#late };
  }

  /** Delays the execution of a call by its fault. */
  async holdBack({ kind, ms }: Fault): Promise<void> {
    if (kind === 'latency') {
      this.#heldBack += 1;
      // A closed simulator does not keep its process.
      await sleep(ms ?? LATENCY_MS, undefined, { ref: false });
      this.#heldBack -= 1;
    } else if (kind === 'execute-late') {
      this.#late += 1;
      await this.clock.after(ms ?? EXECUTE_LATE_MS);
      this.#late -= 1;
    }
  }

  take(operation: string): Fault | undefined {
    const caller = currentRequestId();
    const fault = this.#waiting.find(
      (each) =>
        (each.operation === operation || each.operation === '*') &&
        (each.requestId === undefined || caller?.startsWith(each.requestId) === true),
    );
    if (!fault) return undefined;
    fault.times -= 1;
    if (fault.times === 0) this.#waiting = this.#waiting.filter((each) => each !== fault);
    return fault;
  }
}
