import type { HangUp } from '../../telemetry/hang.up.js';
import { BudgetRefusedError, type BudgetRequest, type Grant, type RefusalReason } from './budget.types.js';

/** A call that asked for a place, until it is granted, refused or given up. It may move from one store to another. */
export class BudgetCall {
  /** The store has replied to its `acquire` without a decision, so it waits there. */
  isWaiting = false;
  #decision: Grant | BudgetRefusedError | undefined;
  #waiting: PromiseWithResolvers<Grant> | undefined;
  #signal: HangUp | undefined;
  #onAbort: (() => void) | undefined;

  constructor(
    readonly id: string,
    readonly request: BudgetRequest,
    /** On the clock of this process. */
    readonly sinceMs: number,
  ) {}

  /** The grant itself once there is one. Rejects with BudgetRefusedError. */
  get grant(): Grant | Promise<Grant> {
    if (this.#decision instanceof BudgetRefusedError) return Promise.reject(this.#decision);
    if (this.#decision) return this.#decision;
    this.#waiting ??= Promise.withResolvers<Grant>();
    return this.#waiting.promise;
  }

  get refusal(): BudgetRefusedError | undefined {
    return this.#decision instanceof BudgetRefusedError ? this.#decision : undefined;
  }

  get isOver(): boolean {
    return this.#decision !== undefined;
  }

  /** When it is no longer worth a grant, on the clock of this process. */
  get untilMs(): number {
    return this.sinceMs + this.request.waitMs;
  }

  /** The listener is removed as soon as the call is decided: a signal may outlive many calls. */
  onAbort(signal: HangUp, giveUp: () => void): void {
    this.#signal = signal;
    this.#onAbort = giveUp;
    signal.addEventListener('abort', giveUp);
  }

  granted(grant: Grant): void {
    if (this.#decide(grant)) this.#waiting?.resolve(grant);
  }

  refused(reason: RefusalReason, retryAfterMs: number): void {
    const refusal = new BudgetRefusedError(reason, retryAfterMs);
    if (this.#decide(refusal)) this.#waiting?.reject(refusal);
  }

  /** The first decision counts. */
  #decide(decision: Grant | BudgetRefusedError): boolean {
    if (this.#decision) return false;
    this.#decision = decision;
    if (this.#onAbort) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#signal = this.#onAbort = undefined;
    return true;
  }
}
