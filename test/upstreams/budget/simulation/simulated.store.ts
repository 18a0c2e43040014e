import { stepBudget } from '../../../../src/upstreams/budget/model/budget.model.js';
import { type BudgetState, emptyState } from '../../../../src/upstreams/budget/model/budget.state.js';
import type {
  BudgetReply,
  BudgetResult,
  BudgetStep,
  StepContext,
} from '../../../../src/upstreams/budget/budget.protocol.js';
import type { BudgetLimits } from '../../../../src/upstreams/budget/budget.types.js';
import type { Timeline } from './timeline.js';
import type { Random } from '../../../support/random.js';

/** A server whose clock may be set, that may freeze, and that a failover may replace by one that knows less. */
export class SimulatedStore {
  state: BudgetState = emptyState();
  server = 1;
  clockMs = 5_000_000;
  /** Share of the messages to other replicas that are lost. */
  lostMessages = 0;
  frozenUntilMs = 0;
  mostHeld = 0;
  trace = 0;
  #journal: string[] = [];
  #isJournaling = false;

  constructor(
    private readonly time: Timeline,
    private readonly random: Random,
    private readonly limits: BudgetLimits,
    private readonly publish: (replica: string, results: readonly BudgetResult[]) => void,
  ) {}

  step(context: StepContext, step: BudgetStep): BudgetReply {
    const nowMs = Math.floor(this.time.nowMs + this.clockMs);
    const reply = stepBudget(this.state, nowMs, { limits: this.limits, context, step });
    this.mostHeld = Math.max(this.mostHeld, reply.state.placesUsed);
    this.#note(reply);
    for (const { replica, results } of reply.others) {
      if (!this.random.chance(this.lostMessages)) this.publish(replica, results);
    }
    if (this.#isJournaling) this.#journal.push(JSON.stringify(this.state));
    return reply;
  }

  /** Before a failover: earlier states are kept from now on. */
  startJournal(): void {
    this.#isJournaling = true;
    this.#journal = [JSON.stringify(this.state)];
  }

  /** The last `steps` steps are lost; all are when there are fewer. */
  failOver(steps: number): void {
    const text = this.#journal.at(-1 - steps);
    this.state = text ? (JSON.parse(text) as BudgetState) : emptyState();
    this.server += 1;
    this.#isJournaling = false;
  }

  /** Folds every reply into one number: two runs with one seed have the same. */
  #note(reply: BudgetReply): void {
    const text = `${reply.seq} ${reply.storeMs} ${reply.results.length} ${reply.nextMs ?? 0} ${reply.state.slotsUsed}`;
    for (let index = 0; index < text.length; index += 1) {
      this.trace = (Math.imul(this.trace, 31) + text.charCodeAt(index)) | 0;
    }
  }
}
