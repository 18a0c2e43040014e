import { BudgetRefusedError, type BudgetRequest, type Grant, type RefusalReason } from './budget.types.js';

/** A call that asked for a place, until it is granted, refused or given up. It may move from one store to another. */
export class BudgetCall {
  /** Rejects with BudgetRefusedError. */
  readonly grant: Promise<Grant>;
  /** The store has replied to its `acquire` without a decision, so it waits there. */
  isWaiting = false;
  #isOver = false;
  #resolve!: (grant: Grant) => void;
  #reject!: (error: BudgetRefusedError) => void;
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor(
    readonly id: string,
    readonly request: BudgetRequest,
    /** On the clock of this process. */
    readonly sinceMs: number,
  ) {
    this.grant = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** When it is no longer worth a grant, on the clock of this process. */
  get untilMs(): number {
    return this.sinceMs + this.request.waitMs;
  }

  /** The listener is removed as soon as the call is decided: a signal may outlive many calls. */
  onAbort(signal: AbortSignal, giveUp: () => void): void {
    this.#signal = signal;
    this.#onAbort = giveUp;
    signal.addEventListener('abort', giveUp, { once: true });
  }

  granted(grant: Grant): void {
    this.#end();
    this.#resolve(grant);
  }

  refused(reason: RefusalReason, retryAfterMs: number): void {
    this.#end();
    this.#reject(new BudgetRefusedError(reason, retryAfterMs));
  }

  #end(): void {
    this.#isOver = true;
    if (this.#onAbort) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#signal = this.#onAbort = undefined;
  }
}
