import type { Clock } from '../../../config/clock.js';
import type { HeldCall } from '../budget.protocol.js';
import type { BudgetRequest, CallOutcome, Grant } from '../budget.types.js';

/** What a grant reports to the store that counts it: any combination, since the last report. */
export interface GrantReport {
  head?: boolean;
  outcome?: CallOutcome;
  release?: boolean;
}

/** Where a grant is counted. */
export interface GrantHolder {
  /** The grant has something new to report. */
  report(grant: HeldGrant, part: GrantReport): void;
}

/** Made for one call, counted by one store, or by two while the account changes from one to the other. */
export class HeldGrant implements Grant {
  readonly #holders: GrantHolder[];
  #hasHead = false;
  #hasOutcome = false;
  #isReleased = false;

  constructor(
    readonly id: string,
    readonly request: BudgetRequest,
    /** `probeUntilMs` of a probe. */
    private readonly sending: {
      readonly clock: Clock;
      readonly untilMs: number;
      readonly probeUntilMs?: number | undefined;
    },
    holder: GrantHolder,
  ) {
    this.#holders = [holder];
  }

  /** As a beat reports it. */
  get call(): HeldCall {
    const { caller, callClass, operation } = this.request;
    const isProbe = this.sending.probeUntilMs !== undefined;
    return { id: this.id, caller, callClass, operation, ...(isProbe && { isProbe }) };
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  countAlsoAt(holder: GrantHolder): void {
    if (!this.#holders.includes(holder)) this.#holders.push(holder);
  }

  maySend(): boolean {
    return !this.#isReleased && this.sending.clock.monotonicMs() < this.sending.untilMs;
  }

  msLeft(): number {
    const { clock, probeUntilMs = Infinity } = this.sending;
    return probeUntilMs - clock.monotonicMs();
  }

  head(): void {
    if (this.#hasHead) return;
    this.#hasHead = true;
    this.#report({ head: true });
  }

  outcome(outcome: CallOutcome): void {
    if (this.#hasOutcome) return;
    this.#hasOutcome = true;
    this.#report({ outcome });
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#report({ release: true });
  }

  #report(part: GrantReport): void {
    for (const holder of this.#holders) holder.report(this, part);
  }
}
