import type { SpidClock } from './spid.clock.js';

/** The `request` object of a container, in calls and seconds (SPiD A6). */
export interface Budget {
  readonly reset: number;
  readonly limit: number;
  readonly remaining: number;
}

interface Rule {
  /** Calls per period; 0 is no limit. */
  readonly limit: number;
  readonly periodMs: number;
}

interface Period {
  readonly startedAt: number;
  used: number;
}

/** The typical period is an hour, and most captures show limit 0 (SPiD A6). */
const unlimited: Rule = { limit: 0, periodMs: 3_600_000 };

/** Rate limit per client; what the vendor counts by is unknown (SPiD G15). */
export class Limits {
  #everyone = unlimited;
  readonly #rules = new Map<string, Rule>();
  readonly #periods = new Map<string, Period>();

  constructor(private readonly now: SpidClock) {}

  /** Starts a new period for the client, or for everyone, with this limit. */
  set(clientId: string | undefined, limit: number, periodSeconds: number): void {
    const rule = { limit, periodMs: periodSeconds * 1_000 };
    if (clientId !== undefined) {
      this.#rules.set(clientId, rule);
      this.#periods.delete(clientId);
      return;
    }
    this.#everyone = rule;
    this.#rules.clear();
    this.#periods.clear();
  }

  /** Takes one call from the budget; false when it is exhausted. */
  take(clientId: string): boolean {
    const { limit } = this.#rule(clientId);
    const period = this.#period(clientId);
    if (limit > 0 && period.used >= limit) return false;
    period.used += 1;
    return true;
  }

  /** With limit 0 `remaining` is negative, and so is `reset` after a period, as in the captures. */
  standing(clientId: string): Budget {
    const { limit, periodMs } = this.#rule(clientId);
    const { startedAt, used } = this.#period(clientId);
    const reset = Math.ceil((startedAt + periodMs - this.now().getTime()) / 1_000);
    return { reset, limit, remaining: limit - used };
  }

  #rule(clientId: string): Rule {
    return this.#rules.get(clientId) ?? this.#everyone;
  }

  #period(clientId: string): Period {
    const { limit, periodMs } = this.#rule(clientId);
    const now = this.now().getTime();
    const current = this.#periods.get(clientId);
    if (current && (limit === 0 || now < current.startedAt + periodMs)) return current;
    const fresh = { startedAt: now, used: 0 };
    this.#periods.set(clientId, fresh);
    return fresh;
  }
}
