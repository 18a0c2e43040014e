import type { GrantReport } from './held.grant.js';

/** What grants have reported and the store has not got yet: head, outcome and release of one turn are one step. */
export class GrantReports {
  readonly #reports = new Map<string, GrantReport>();
  #turn: NodeJS.Immediate | undefined;

  constructor(private readonly send: (id: string, report: GrantReport) => void) {}

  add(id: string, part: GrantReport): void {
    const known = this.#reports.get(id);
    if (known) Object.assign(known, part);
    else this.#reports.set(id, { ...part });
    // The parser reports all of a short response in one turn of the event loop.
    this.#turn ??= setImmediate(() => this.flush());
  }

  /** Not delivered: it goes with the next flush. What has been reported since comes after it. */
  keep(id: string, report: GrantReport): void {
    this.#reports.set(id, { ...report, ...this.#reports.get(id) });
  }

  flush(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    if (this.#reports.size === 0) return;
    const reports = [...this.#reports];
    this.#reports.clear();
    for (const [id, report] of reports) this.send(id, report);
  }
}
