import type {
  BudgetReply,
  BudgetStep,
  StepContext,
} from '../../../../src/upstreams/budget/budget.protocol.js';
import {
  type BudgetAccount,
  type LocalBudgetStore,
  StoreAwayError,
} from '../../../../src/upstreams/budget/budget.store.js';

export interface Asked {
  readonly account: BudgetAccount;
  readonly context: StepContext;
  readonly step: BudgetStep;
}

/** A store whose replies a test decides: at once, later, or never. */
export class ScriptedStore implements LocalBudgetStore {
  readonly asked: Asked[] = [];
  readonly forgotten: string[] = [];
  /** What to reply; grants every call unless it is replaced. */
  decide: (step: BudgetStep) => Partial<BudgetReply> = grantEvery;
  isAway = false;
  /** How often it was asked whether it replies. */
  pings = 0;
  /** Replies wait until this resolves. */
  delay: Promise<void> | undefined;
  #seq = 0;

  constructor(private readonly isShared: boolean) {}

  step(account: BudgetAccount, context: StepContext, step: BudgetStep): BudgetReply | Promise<BudgetReply> {
    this.asked.push({ account, context, step });
    return this.isShared ? this.#later(step) : this.#reply(step);
  }

  async responds(): Promise<boolean> {
    this.pings += 1;
    return !this.isAway;
  }

  forget(account: string): void {
    this.forgotten.push(account);
  }

  steps<Name extends BudgetStep['step']>(name: Name): Extract<BudgetStep, { step: Name }>[] {
    return this.asked
      .map(({ step }) => step)
      .filter((step): step is Extract<BudgetStep, { step: Name }> => step.step === name);
  }

  async #later(step: BudgetStep): Promise<BudgetReply> {
    await this.delay;
    if (this.isAway) throw new StoreAwayError();
    return this.#reply(step);
  }

  #reply(step: BudgetStep): BudgetReply {
    this.#seq += 1;
    return {
      seq: this.#seq,
      results: [],
      others: [],
      nextMs: undefined,
      replicas: 1,
      rank: 0,
      storeMs: 0,
      state: CLOSED,
      ...this.decide(step),
    };
  }
}

export const CLOSED: BudgetReply['state'] = {
  gate: 'closed',
  gateReason: undefined,
  gateMs: 0,
  effectiveRate: undefined,
  effectivePlaces: 8,
  placesUsed: 0,
  slotsUsed: 0,
  waiting: { interactive: 0, background: 0 },
};

export function grantEvery(step: BudgetStep): Partial<BudgetReply> {
  return step.step === 'acquire' ? granting(step.id) : {};
}

export function granting(id: string): Pick<BudgetReply, 'results'> {
  return { results: [{ id, granted: true, sendWithinMs: 2_500 }] };
}

export function keepWaiting(): Partial<BudgetReply> {
  return {};
}
