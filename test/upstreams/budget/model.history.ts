import type { HeldState, WaitingState } from '../../../src/upstreams/budget/model/budget.state.js';
import { HELD_WINDOW_MS, type ModelDriver } from './model.driver.js';

/** Longest time that a request whose response never came is under way. */
const LINGER_MS = 2_000;

/** What the calls of a test did, apart from the model: what it must hold is worked out from this alone. */
export class ModelHistory {
  readonly #grantedMs = new Map<string, number>();
  /** End of the time in which the call counts at the vendor; none while no head was seen. */
  readonly #countsUntilMs = new Map<string, number>();
  readonly #placed = new Set<string>();
  readonly #seen = new Set<string>();

  constructor(private readonly driver: ModelDriver) {}

  granted(id: string): void {
    this.#grantedMs.set(id, this.driver.nowMs);
    this.#placed.add(id);
  }

  head(id: string): void {
    if (this.#seen.has(id) || !this.#grantedMs.has(id)) return;
    this.#seen.add(id);
    this.#countsUntilMs.set(id, this.driver.nowMs + HELD_WINDOW_MS);
  }

  lost(id: string): void {
    if (this.#countsUntilMs.has(id)) return;
    this.#countsUntilMs.set(id, this.driver.nowMs + LINGER_MS + HELD_WINDOW_MS);
  }

  unsent(id: string): void {
    if (!this.#seen.has(id) && !this.#countsUntilMs.has(id)) this.#countsUntilMs.set(id, 0);
    this.#seen.add(id);
  }

  released(id: string): void {
    this.#placed.delete(id);
  }

  get placed(): string[] {
    return [...this.#placed];
  }

  /** Calls that the vendor may have counted in the window that ends now, or still may count. */
  get counted(): number {
    let counted = 0;
    for (const id of this.#grantedMs.keys()) {
      if ((this.#countsUntilMs.get(id) ?? Infinity) > this.driver.nowMs) counted += 1;
    }
    return counted;
  }
}

/** Could this waiting call be granted now? Worked out from the rules of the design, not with the model's own code. */
export function couldGo(driver: ModelDriver, call: WaitingState): boolean {
  const { state, limits, last, nowMs } = driver;
  if (!last || last.state.gate !== 'closed' || state.learnMs > nowMs) return false;
  const places = last.state.effectivePlaces;
  const placed = state.held.filter(({ isPlace }) => isPlace);
  if (placed.filter(({ operation }) => operation === call.operation).length >= Math.ceil(places / 2))
    return false;
  if (placed.filter(({ caller }) => caller === call.caller).length >= Math.ceil(0.75 * places)) return false;
  if (!hasRoom(driver, placed, places, call)) return false;
  if (!limits.rate) return true;
  const counted = state.held.filter(({ slotMs }) => slotMs > nowMs);
  return hasRoom(driver, counted, last.state.effectiveRate ?? 0, call);
}

function hasRoom(
  driver: ModelDriver,
  used: readonly HeldState[],
  limit: number,
  call: WaitingState,
): boolean {
  const interactive = used.filter(({ callClass }) => callClass === 'interactive').length;
  const doesBackgroundWait = driver.state.waiting.some(({ callClass }) => callClass === 'background');
  let kept = 0;
  if (call.callClass === 'background') kept = Math.max(0, Math.min(2, limit - 1) - interactive);
  else if (doesBackgroundWait) kept = Math.max(0, Math.min(1, limit - 1) - (used.length - interactive));
  return used.length + kept < limit;
}
