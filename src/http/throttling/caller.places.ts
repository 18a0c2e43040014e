import { Injectable } from '@nestjs/common';
import type { BindingPolicy } from '../../telemetry/request.context.js';
import type { ConcurrencyLimit } from './caller.policies.js';

/** What `enter` returns. */
export interface Entry {
  /** False when one of the limits is reached. */
  readonly isAdmitted: boolean;
  /** Of an admitted request; absent where there is no limit. */
  readonly place?: HeldPlace;
  /** Afterwards, in the order of the limits. */
  readonly policies: readonly BindingPolicy[];
}

const UNLIMITED: Entry = { isAdmitted: true, policies: [] };

/**
 * Counts the requests of each caller that are in progress in this process. Not over replicas: what it protects (memory,
 * connections, time of the event loop) is the process's own, and a count that needs no lease cannot be wrong.
 */
@Injectable()
export class CallerPlaces {
  readonly #used = new Map<string, number>();

  /** Takes a place within every limit, or none. */
  enter(caller: string, limits: readonly ConcurrencyLimit[]): Entry {
    if (limits.length === 0) return UNLIMITED;
    const keys = limits.map(({ name }) => `${name}:${caller}`);
    const isAdmitted = limits.every(({ max }, at) => this.#usedOf(keys[at]!) < max);
    if (isAdmitted) for (const key of keys) this.#used.set(key, this.#usedOf(key) + 1);
    const policies = limits.map(({ name, max }, at) => {
      return { name, quota: max, remaining: Math.max(0, max - this.#usedOf(keys[at]!)) };
    });
    return { isAdmitted, policies, ...(isAdmitted && { place: new HeldPlace(() => this.#leave(keys)) }) };
  }

  #usedOf(key: string): number {
    return this.#used.get(key) ?? 0;
  }

  #leave(keys: readonly string[]): void {
    for (const key of keys) {
      const used = this.#usedOf(key) - 1;
      if (used > 0) this.#used.set(key, used);
      else this.#used.delete(key);
    }
  }
}

/**
 * The place of one request: until its response is ready and its connection has it or is gone. A caller that hangs up
 * does not get another place while the work goes on.
 */
export class HeldPlace {
  #holders = 1;

  constructor(private readonly leave: () => void) {}

  /** Needs one more `release`. */
  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.leave();
  }
}
