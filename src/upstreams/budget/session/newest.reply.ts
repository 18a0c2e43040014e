import type { BudgetReply, LastReply, StepContext } from '../budget.protocol.js';

/** The newest reply of an account's store to this replica: evidence for a store that lost writes or whose clock was set. */
export class NewestReply {
  #seq = 0;
  #newest: { readonly storeMs: number; readonly atMs: number } | undefined;

  /** Not by its time: a store that lost all writes may have begun again with an earlier one. */
  note({ seq, storeMs }: Pick<BudgetReply, 'seq' | 'storeMs'>, nowMs: number): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    this.#newest = { storeMs, atMs: nowMs };
  }

  get isEmpty(): boolean {
    return this.#newest === undefined;
  }

  /** Goes with the next step. */
  context(replica: string, nowMs: number): StepContext {
    return { replica, seq: this.#seq, last: this.#last(nowMs) };
  }

  #last(nowMs: number): LastReply | undefined {
    if (!this.#newest) return undefined;
    return { storeMs: this.#newest.storeMs, agoMs: nowMs - this.#newest.atMs };
  }
}
