import { scheduler } from './cooperative.scheduler.js';

export interface BatchLimits {
  /** Items in one batch at most. */
  readonly size: number;
  /** Batches under way at the same time at most. */
  readonly concurrent: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly identity: string | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Carries out together what is asked for at the same time: one statement and one commit for many callers, as a
 * database commits for many sessions. No item waits for others: it starts in the same turn of the event loop
 * unless all batches are under way, and each goes on in its turn once its batch has ended.
 */
export class Batches<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #scheduled = false;

  /**
   * @param work returns one result for each item, in their order, or fails for all of them
   * @param limits what one batch holds, and how many run
   * @param sharesFate whether a failure is that of the whole batch; otherwise none was done, and each item is tried alone
   * @param identity items of the same identity are never in one batch; undefined has none
   */
  constructor(
    private readonly work: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly limits: BatchLimits,
    private readonly sharesFate: (error: unknown) => boolean,
    private readonly identity: (item: Item) => string | undefined = () => undefined,
  ) {}

  run(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, identity: this.identity(item), resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#start());
  }

  #start(): void {
    this.#scheduled = false;
    while (this.#running < this.limits.concurrent && this.#waiting.length > 0) {
      this.#running += 1;
      void this.#carryOut(this.#next()).finally(() => {
        this.#running -= 1;
        if (this.#waiting.length > 0) this.#schedule();
      });
    }
  }

  #next(): Waiting<Item, Result>[] {
    if (this.#waiting.length === 1) return this.#waiting.splice(0);
    const batch: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    const identities = new Set<string>();
    for (const each of this.#waiting) {
      const { identity } = each;
      if (batch.length === this.limits.size || (identity !== undefined && identities.has(identity))) {
        left.push(each);
        continue;
      }
      if (identity !== undefined) identities.add(identity);
      batch.push(each);
    }
    this.#waiting = left;
    return batch;
  }

  async #carryOut(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.work(batch.map(({ item }) => item));
      // What each goes on with, for example a call, takes longer than its part of the batch.
      batch.forEach(({ resolve }, index) => scheduler.run(() => resolve(results[index] as Result)));
    } catch (error) {
      if (batch.length === 1 || this.sharesFate(error)) batch.forEach(({ reject }) => reject(error));
      else for (const each of batch) await this.#carryOut([each]);
    }
  }
}
