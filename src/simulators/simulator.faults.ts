import { setTimeout as sleep } from 'node:timers/promises';
import { callingRequest, isSaneRequestId } from './calling.request.js';
import type { SimulatorClock } from './simulator.clock.js';

/** Trouble on demand: the next `times` calls of `operation` (`*` is any) go wrong in the way of `kind`. */
export interface Fault {
  readonly operation: string;
  /** `latency`, `execute-late`, `status-<n>`, `reset-before`, `reset-after`, `hang-after`, `garbled`, `truncated`. */
  readonly kind: string;
  times: number;
  /** How long to wait before the work: for `latency` in real time, for `execute-late` by the simulator's clock. */
  readonly ms?: number;
  /** Only calls whose `X-Request-Id` begins with this. */
  readonly requestId?: string;
}

const FAULT_KINDS =
  /^(latency|execute-late|status-[2-5]\d\d|reset-before|reset-after|hang-after|garbled|truncated)$/;

/** The longest that a timer can wait, about 24 days. */
const NUMBER_MAX = 2_147_483_647;

const LATENCY_MS = 1_000;

/** A creation was seen to be executed so long after it had arrived. */
const EXECUTE_LATE_MS = 480_000;

/** Keeps the faults that were asked for and hands each out as often as asked. */
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
    if (typeof operation !== 'string' || !this.#operations.has(operation)) return 'unknown operation';
    if (typeof kind !== 'string' || !FAULT_KINDS.test(kind)) return 'unknown kind';
    if (!isWhole(times, 1)) return `times must be a whole number from 1 to ${NUMBER_MAX}`;
    if (ms !== undefined && !isWhole(ms, 0)) return `ms must be a whole number from 0 to ${NUMBER_MAX}`;
    if (requestId !== undefined && !isSaneRequestId(requestId)) {
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

  /**
   * Faults not yet handed out, and how many calls may still have an effect: those that wait under `latency`, and under
   * `execute-late`.
   */
  get standing() {
    return { waiting: this.#waiting, heldBack: this.#heldBack, late: this.#late };
  }

  /** Waits before the work of a call, as long as its fault asks. */
  async holdBack({ kind, ms }: Fault): Promise<void> {
    if (kind === 'latency') {
      this.#heldBack += 1;
      await sleep(ms ?? LATENCY_MS);
      this.#heldBack -= 1;
    } else if (kind === 'execute-late') {
      this.#late += 1;
      await this.clock.after(ms ?? EXECUTE_LATE_MS);
      this.#late -= 1;
    }
  }

  take(operation: string): Fault | undefined {
    const caller = callingRequest();
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

function isWhole(value: unknown, min: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= NUMBER_MAX;
}
