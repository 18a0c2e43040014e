import type { Clock } from '../../../config/clock.js';
import type { BudgetObserver } from '../budget.observer.js';
import type { BudgetReply, BudgetStep, ReplicaShare } from '../budget.protocol.js';
import type { BudgetAccount, BudgetStore } from '../budget.store.js';
import type { Members } from '../replica.members.js';
import { BeatRhythm } from './beat.rhythm.js';
import { NewestReply } from './newest.reply.js';

export interface SessionParts {
  readonly store: BudgetStore;
  /** False for a store in this process. */
  readonly isShared: boolean;
  /** Unique over all replicas and starts of a process. */
  readonly replica: string;
  readonly clock: Clock;
  readonly observer: () => BudgetObserver;
  /** With the limits as they are now. */
  readonly account: () => BudgetAccount;
  /** Of a shared store, which has to know what this replica uses by itself. */
  readonly members?: Members;
}

/** The owner of a session. */
export interface SessionListener {
  replied(reply: BudgetReply, step: BudgetStep): void;
  /** A step got no reply. The calls still wait here. */
  away(error: unknown): void;
}

export interface StepListener {
  /** `sentMs` is on the clock of this process. */
  replied(reply: BudgetReply, step: BudgetStep, sentMs: number): void;
  lost(step: BudgetStep, error: unknown): void;
}

/** The steps of a session at its store, each with what this replica knows of it. */
export class SessionSteps {
  readonly rhythm = new BeatRhythm();
  #newest = new NewestReply();

  constructor(
    private readonly parts: SessionParts,
    private readonly listener: StepListener,
  ) {}

  /** Without a promise where the store is in this process. */
  send(step: BudgetStep): Promise<void> | undefined {
    const { store, replica, account, clock } = this.parts;
    const sentMs = clock.monotonicMs();
    const share = this.#shareFor(step);
    this.rhythm.sent(step);
    const context = this.#newest.context(replica, sentMs);
    const reply = store.step(account(), share ? { ...context, share } : context, step);
    if (reply instanceof Promise) return this.#await(reply, step, { sentMs, share });
    this.#replied(reply, step, sentMs);
    return undefined;
  }

  /** The store has dropped the account on purpose: no writes were lost. */
  restart(): void {
    this.#newest = new NewestReply();
  }

  /** Do the others count on this replica? */
  get isCounted(): boolean {
    return this.parts.members !== undefined && this.parts.account().limits.rate !== undefined;
  }

  #shareFor(step: BudgetStep): ReplicaShare | undefined {
    const { members, account } = this.parts;
    if (step.step === 'beat' && step.isApart) return members?.ownShareOf(account().limits);
    const isTold = step.step === 'beat' || (this.#newest.isEmpty && step.step !== 'leave');
    return isTold ? members?.shareOf(account().limits) : undefined;
  }

  async #await(
    later: Promise<BudgetReply>,
    step: BudgetStep,
    { sentMs, share }: { readonly sentMs: number; readonly share: ReplicaShare | undefined },
  ): Promise<void> {
    let reply: BudgetReply;
    try {
      reply = await later;
    } catch (error) {
      return this.listener.lost(step, error);
    }
    const { observer, account, clock, members } = this.parts;
    observer().roundTrip(account().name, clock.monotonicMs() - sentMs);
    if (share) members?.reported(share);
    this.#replied(reply, step, sentMs);
  }

  #replied(reply: BudgetReply, step: BudgetStep, sentMs: number): void {
    this.#newest.note(reply, this.parts.clock.monotonicMs());
    this.rhythm.replied(step);
    this.listener.replied(reply, step, sentMs);
  }
}
