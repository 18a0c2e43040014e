import type { BudgetCall } from '../budget.call.js';
import type { BudgetReply, BudgetResult, BudgetStep, HeldCall } from '../budget.protocol.js';
import { GrantReports } from './grant.reports.js';
import { type GrantHolder, type GrantReport, HeldGrant } from './held.grant.js';
import { type SessionListener, type SessionParts, SessionSteps } from './session.steps.js';
import { SessionTimers } from './session.timers.js';

/** The store decides every call by its deadline. One that is still open so long after it was lost on the way. */
const UNDECIDED_MS = 1_000;

/** Time of a grant on its way from a shared store, with a busy event loop here: one made at the last moment is in time. */
const TRANSIT_MS = 25;

/** What this replica has under way of one account at one store: the calls that wait, and the grants. */
export class BudgetSession implements GrantHolder {
  readonly #waiting = new Map<string, BudgetCall>();
  readonly #held = new Map<string, HeldGrant>();
  /** No longer wanted, and the store may still grant them. */
  readonly #givenUp = new Set<string>();
  readonly #reports = new GrantReports((id, report) => this.#settle(id, report));
  readonly #timers = new SessionTimers();
  readonly #steps: SessionSteps;
  /** A call that waits had no grant at this moment, on the clock of this process. */
  #undecidedMs = 0;

  constructor(
    private readonly parts: SessionParts,
    private readonly listener: SessionListener,
  ) {
    this.#steps = new SessionSteps(parts, {
      replied: (reply, step, sentMs) => this.#apply(reply, step, sentMs),
      lost: (step, error) => this.#lost(step, error),
    });
  }

  get held(): Iterable<HeldGrant> {
    return this.#held.values();
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#held.size === 0;
  }

  /** While calls are made without this store, only `learn` shows it that this replica lives. */
  pauseBeats(): void {
    this.#timers.stopBeats();
  }

  resumeBeats(): void {
    this.#timers.startBeats(() => this.#tick());
  }

  /** So long after the last step the store counts this replica as missing. */
  get silentMs(): number {
    return this.#steps.rhythm.silentMs;
  }

  /** Asks for a place. The store knows a call that it has already by its id. */
  ask(call: BudgetCall): void {
    this.#waiting.set(call.id, call);
    this.#givenUp.delete(call.id);
    const nowMs = this.parts.clock.monotonicMs();
    this.#steps.rhythm.used(nowMs);
    this.resumeBeats();
    const leftMs = call.untilMs - nowMs - (this.parts.isShared ? TRANSIT_MS : 0);
    void this.#steps.send({ step: 'acquire', id: call.id, ...call.request, waitMs: Math.max(0, leftMs) });
  }

  /** Refuses the call if it would be refused now. For a store in this process. */
  check(call: BudgetCall): void {
    this.#waiting.set(call.id, call);
    void this.#steps.send({ step: 'check', id: call.id, ...call.request });
    this.#waiting.delete(call.id);
  }

  /** Its caller hung up: the place in the queue is free at once, and a grant that is already under way is returned. */
  giveUp(call: BudgetCall): void {
    if (this.#waiting.delete(call.id)) this.#forget(call);
  }

  /** Takes the waiting calls out, for another store. */
  moveOut(): BudgetCall[] {
    const calls = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const call of calls) this.#forget(call);
    return calls;
  }

  /** Counts grants of another store here too, from the next beat until they are released. */
  adopt(grants: Iterable<HeldGrant>): void {
    for (const grant of grants) {
      if (grant.isReleased) continue;
      grant.countAlsoAt(this);
      this.#held.set(grant.id, grant);
    }
  }

  report(grant: HeldGrant, part: GrantReport): void {
    if (part.release) this.#held.delete(grant.id);
    this.#reports.add(grant.id, part);
  }

  /** Results that another replica's step has brought. */
  receive(results: readonly BudgetResult[]): void {
    for (const result of results) this.#decide(result, this.#undecidedMs);
  }

  /** Shows what is under way here, and lets the store do what its clock allows by now. */
  beat(): void {
    this.#reports.flush();
    void this.#steps.send({ step: 'beat', held: this.#heldCalls, waiting: [...this.#waiting.keys()] });
  }

  /**
   * After calls were made without this store: they are counted, and nothing is granted until all are.
   * @param afterMs until the others know that this replica makes calls without them
   */
  learn(made: Iterable<HeldGrant>, afterMs = 0): Promise<void> | undefined {
    this.#reports.flush();
    const held = [...new Set([...this.#held.values(), ...made])].map((grant) => grant.call);
    const waiting = [...this.#waiting.keys()];
    return this.#steps.send({ step: 'beat', held, waiting, learn: true, afterMs });
  }

  /** While calls are made without this store although it replies: it knows of the share that they have. */
  announce(): void {
    void this.#steps.send({ step: 'beat', held: this.#heldCalls, waiting: [], isApart: true });
  }

  open(reason: 'throttled' | 'failing', forMs: number): void {
    void this.#steps.send({ step: 'open', reason, forMs });
  }

  /** The store has dropped the account on purpose: no writes were lost. */
  restart(): void {
    this.#steps.restart();
    this.#givenUp.clear();
  }

  /**
   * Refuses what waits, and leaves. Grants can be settled for as long as they are held.
   * @param made calls that were made without this store: it counts them before the others get the share of this replica
   */
  async close(made?: Iterable<HeldGrant>): Promise<void> {
    for (const call of this.moveOut()) call.refused('cancelled', 0);
    this.#reports.flush();
    this.#timers.close();
    if (made) {
      this.adopt(made);
      await this.learn([]);
    }
    await this.#steps.send({ step: 'leave' });
  }

  get #heldCalls(): HeldCall[] {
    return [...this.#held.values()].map((grant) => grant.call);
  }

  #tick(): void {
    const nowMs = this.parts.clock.monotonicMs();
    for (const call of this.#waiting.values()) {
      if (nowMs < call.untilMs + UNDECIDED_MS) continue;
      this.giveUp(call);
      this.#refuse(call, { id: call.id, granted: false, reason: 'no-time', retryAfterMs: 0 });
    }
    const due = this.#steps.rhythm.due(nowMs, this.isIdle, this.#steps.isCounted);
    if (due === 'beat') this.beat();
    else if (due === 'idle') void this.#steps.send({ step: 'beat', held: [], waiting: [], isIdle: true });
    else if (due !== 'nothing') this.#timers.stopBeats();
    if (due === 'leave') void this.#steps.send({ step: 'leave' });
  }

  #settle(id: string, report: GrantReport): void {
    void this.#steps.send({ step: 'settle', id, ...report });
  }

  /** Not before the store has replied to its `acquire`: that may be repeated, and would undo a `cancel` before it. */
  #forget(call: BudgetCall): void {
    this.#givenUp.add(call.id);
    if (call.isWaiting) this.#cancel(call.id);
    call.isWaiting = false;
  }

  #cancel(id: string): void {
    void this.#steps.send({ step: 'cancel', id });
  }

  #lost(step: BudgetStep, error: unknown): void {
    if (step.step === 'settle') this.#reports.keep(step.id, step);
    else if ('id' in step) this.#givenUp.delete(step.id);
    this.listener.away(error);
  }

  #apply(reply: BudgetReply, step: BudgetStep, sentMs: number): void {
    const unwanted = step.step === 'acquire' && !this.#waiting.has(step.id) ? step.id : undefined;
    for (const result of reply.results) if (result.id !== unwanted) this.#decide(result, sentMs);
    if (step.step === 'acquire') this.#asked(step.id);
    else if (step.step === 'cancel') this.#givenUp.delete(step.id);
    for (const id of reply.unknown ?? []) {
      const call = this.#waiting.get(id);
      if (call?.isWaiting) this.ask(call);
    }
    this.#undecidedMs = Math.max(this.#undecidedMs, sentMs);
    this.#wakeFor(reply);
    this.listener.replied(reply, step);
  }

  #asked(id: string): void {
    const call = this.#waiting.get(id);
    if (call) call.isWaiting = true;
    else if (this.#givenUp.has(id)) this.#cancel(id);
  }

  #decide(result: BudgetResult, sentMs: number): void {
    const { id } = result;
    const call = this.#waiting.get(id);
    if (!call) {
      if (!result.granted) this.#givenUp.delete(id);
      else if (this.#givenUp.has(id)) this.#cancel(id);
      return;
    }
    this.#waiting.delete(id);
    if (result.granted) this.#grant(call, result, sentMs);
    else this.#refuse(call, result);
  }

  #grant(call: BudgetCall, result: Extract<BudgetResult, { granted: true }>, sentMs: number): void {
    const { clock, observer, account } = this.parts;
    const untilMs = sentMs + result.sendWithinMs;
    const probeUntilMs = result.probeMs === undefined ? undefined : sentMs + result.probeMs;
    const nowMs = clock.monotonicMs();
    if (nowMs > Math.min(call.untilMs + TRANSIT_MS, untilMs)) {
      observer().missed(account().name);
      this.#givenUp.add(call.id);
      this.#cancel(call.id);
      return call.refused('no-time', 0);
    }
    const grant = new HeldGrant(call.id, call.request, { clock, untilMs, probeUntilMs }, this);
    this.#held.set(call.id, grant);
    observer().granted(account().name, call.request.callClass, nowMs - call.sinceMs);
    call.granted(grant);
  }

  #refuse(call: BudgetCall, refusal: Extract<BudgetResult, { granted: false }>): void {
    const { observer, account } = this.parts;
    observer().refused(account().name, refusal.reason);
    if (call.isWaiting) observer().revoked(account().name);
    call.refused(refusal.reason, refusal.retryAfterMs);
  }

  /** A replica wakes 1 ms after those before it, so that one of them does the step for all. */
  #wakeFor({ nextMs, rank }: BudgetReply): void {
    if (nextMs === undefined || this.#waiting.size === 0) return;
    const ms = Math.ceil(nextMs) + (this.parts.isShared ? 1 + rank : 0);
    this.#timers.wakeAfter(ms, this.parts.clock.monotonicMs(), () => {
      if (this.#waiting.size > 0) this.beat();
    });
  }
}
