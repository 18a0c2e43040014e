import { Logger } from '@nestjs/common';
import type { BudgetSnapshot } from './budget.types.js';

/** One line when calls of an account are stopped, and one when they go on. */
export class GateLog {
  readonly #log = new Logger('Budget');
  #reason: BudgetSnapshot['gateReason'];

  constructor(private readonly account: string) {}

  note({ gate, gateReason, gateMs }: Pick<BudgetSnapshot, 'gate' | 'gateReason' | 'gateMs'>): void {
    // Between open and half-open a failing vendor changes every second.
    const reason = gate === 'closed' ? undefined : gateReason;
    if (reason === this.#reason) return;
    this.#reason = reason;
    if (reason === 'throttled') {
      this.#log.warn(`${this.account}: the vendor throttles; no calls for ${Math.ceil(gateMs)} ms`);
    } else if (reason === 'failing') {
      this.#log.warn(`${this.account}: the vendor fails; one call a second until one succeeds`);
    } else this.#log.log(`${this.account}: calls go on`);
  }
}
