import type { BudgetStep } from '../budget.protocol.js';
import { IDLE_SILENT_MS, SILENT_MS } from '../model/budget.state.js';

/** Beats go on so long after the last call, so that the next call of an account in use finds its replica alive. */
const IDLE_MS = 3_000;

/** After that, one in so many: the others must not assume that this replica makes calls without the store. */
const IDLE_BEATS = 4;

/** An account that was not used for so long is left. */
const LEFT_MS = 3_600_000;

/** When a replica sends heartbeats to the store: often while it has calls, and rarely while it has none. */
export class BeatRhythm {
  #usedMs = -Infinity;
  #ticks = 0;
  /** The store may expect rare beats. */
  #isIdleThere = false;

  used(nowMs: number): void {
    this.#usedMs = nowMs;
  }

  sent(step: BudgetStep): void {
    if (isIdleBeat(step)) this.#isIdleThere = true;
  }

  /** Reports of earlier calls do not show the store that this one is in use. */
  replied(step: BudgetStep): void {
    if (step.step !== 'settle' && step.step !== 'cancel') this.#isIdleThere = isIdleBeat(step);
  }

  /** So long after the last step the store counts this replica as missing. */
  get silentMs(): number {
    return this.#isIdleThere ? IDLE_SILENT_MS : SILENT_MS;
  }

  /**
   * What is due at a tick.
   * @param isEmpty no call waits or is under way
   * @param isCounted the other replicas count on this one
   */
  due(nowMs: number, isEmpty: boolean, isCounted: boolean): 'beat' | 'idle' | 'leave' | 'stop' | 'nothing' {
    const unusedMs = nowMs - this.#usedMs;
    this.#ticks += 1;
    if (!isEmpty || unusedMs <= IDLE_MS) return 'beat';
    if (!isCounted) return 'stop';
    if (unusedMs > LEFT_MS) return 'leave';
    return this.#isIdleThere && this.#ticks % IDLE_BEATS !== 0 ? 'nothing' : 'idle';
  }
}

function isIdleBeat(step: BudgetStep): boolean {
  return step.step === 'beat' && step.isIdle === true;
}
