import type { HangUp } from '../../telemetry/hang.up.js';
import type { AccountBudgetOptions } from './account.budget.options.js';
import { BudgetCall } from './budget.call.js';
import type { BudgetReply, BudgetResult, BudgetStep } from './budget.protocol.js';
import { BudgetSession } from './session/budget.session.js';
import {
  type AccountBudget,
  type BudgetLimits,
  BudgetRefusedError,
  type BudgetRequest,
  type BudgetSnapshot,
  type Grant,
} from './budget.types.js';
import { GateLog } from './gate.log.js';
import { initialSnapshot } from './initial.snapshot.js';
import { Members } from './replica.members.js';
import { RETURN_MS, StoreReturn } from './store.return.js';

/** Retry-After of a replica whose share is nothing until the shared store is back. */
const NO_SHARE_RETRY_MS = 2_000;

/**
 * The budget of one account in this replica, and where it is counted:
 * - with a rate: at the shared store; while that is away, in this process with a share of the limits
 * - without one: in this process; at the shared store while the gate is not closed there
 */
export class VendorAccountBudget implements AccountBudget {
  readonly #local: BudgetSession;
  readonly #shared: BudgetSession | undefined;
  readonly #members: Members;
  readonly #gateLog: GateLog;
  #limits: BudgetLimits;
  #calls = 0;
  /** With a rate: the shared store is away. */
  #isDegraded = false;
  /** Without a rate: the gate of the shared store is not closed. */
  #hasSharedGate = false;
  #sharedAwayUntilMs = 0;
  readonly #return: StoreReturn;
  #isClosed = false;
  #state: { readonly state: BudgetReply['state']; readonly atMs: number } | undefined;

  constructor(
    private readonly options: AccountBudgetOptions,
    limits: BudgetLimits,
  ) {
    this.#limits = limits;
    this.#members = new Members(options.replicas, options.clock);
    this.#gateLog = new GateLog(options.name);
    const { replica, clock, observer, local, shared, name } = options;
    const account = () => ({ name, limits: this.#limits });
    const ownAccount = () => ({ name, limits: this.#ownLimits ?? this.#limits });
    this.#local = new BudgetSession(
      { store: local, isShared: false, replica, clock, observer, account: ownAccount },
      { replied: (reply) => this.#localReplied(reply), away: () => undefined },
    );
    this.#return = new StoreReturn({
      clock,
      responds: () => shared?.responds(name) ?? Promise.resolve(false),
      announce: () => this.#shared?.announce(),
      attempt: () => void this.#shared?.learn(this.#local.held),
    });
    if (!shared) return;
    this.#shared = new BudgetSession(
      { store: shared, isShared: true, replica, clock, observer, account, members: this.#members },
      { replied: (reply, step) => this.#sharedReplied(reply, step), away: () => this.#sharedAway() },
    );
  }

  acquire(request: BudgetRequest, signal?: HangUp): Grant | Promise<Grant> {
    if (signal?.aborted || this.#isClosed) return Promise.reject(new BudgetRefusedError('cancelled', 0));
    const call = this.#newCall(request);
    if (this.#current === this.#shared) this.#refuseAtGate(call);
    if (!call.isOver) this.#enter(call);
    if (signal && !call.isOver) call.onAbort(signal, () => this.#giveUp(call));
    return call.grant;
  }

  refusal(request: BudgetRequest): BudgetRefusedError | undefined {
    const call = this.#newCall(request);
    if (this.#current === this.#local) this.#local.check(call);
    else this.#refuseAtGate(call);
    return call.refusal;
  }

  /** Settings were read again. */
  update(limits: BudgetLimits): void {
    const hadRate = this.#limits.rate !== undefined;
    this.#limits = limits;
    if (!this.#shared || hadRate === (limits.rate !== undefined)) return;
    this.#endDegraded();
    this.#hasSharedGate = false;
    if (limits.rate) this.#move(this.#local, this.#shared);
    else this.#move(this.#shared, this.#local);
  }

  /** Results that a step of another replica has brought. */
  receive(results: readonly BudgetResult[]): void {
    this.#shared?.receive(results);
  }

  /** The gate at the shared store may have changed: another replica opened it, or messages may have been lost. */
  refresh(): void {
    if (!this.#isClosed && !this.#isDegraded) this.#shared?.beat();
  }

  snapshot(): BudgetSnapshot {
    const { name: account, clock } = this.options;
    const mode = this.#isDegraded ? 'degraded' : this.#current === this.#shared ? 'shared' : 'local';
    const known = { account, mode, limits: this.#limits } as const;
    if (!this.#state) return { ...known, ...initialSnapshot(this.#limits) };
    const { state, atMs } = this.#state;
    return { ...known, ...state, gateMs: Math.max(0, state.gateMs - (clock.monotonicMs() - atMs)) };
  }

  /** Refuses what waits. Grants can still be settled. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#return.stop();
    const made = this.#isDegraded ? this.#local.held : undefined;
    await Promise.all([this.#local.close(), this.#shared?.close(made)]);
  }

  get #current(): BudgetSession {
    const isShared = this.#limits.rate ? !this.#isDegraded : this.#hasSharedGate;
    return isShared && this.#shared ? this.#shared : this.#local;
  }

  /** What this process may use by itself; undefined when that is nothing. */
  get #ownLimits(): BudgetLimits | undefined {
    return this.#isDegraded ? this.#members.ownLimits(this.#limits) : this.#limits;
  }

  #enter(call: BudgetCall): void {
    if (this.#isDegraded && !this.#ownLimits) {
      this.options.observer().refused(this.options.name, 'throttled');
      call.refused('throttled', NO_SHARE_RETRY_MS);
    } else this.#current.ask(call);
  }

  #newCall(request: BudgetRequest): BudgetCall {
    const { replica, clock } = this.options;
    this.#calls += 1;
    return new BudgetCall(`${replica}.${this.#calls}`, request, clock.monotonicMs());
  }

  /** While a vendor fails, nothing goes before its time or beside its probe, and that time is known here without a round trip. */
  #refuseAtGate(call: BudgetCall): void {
    const { gate, gateReason, gateMs } = this.snapshot();
    if (gate === 'closed' || gateReason !== 'failing' || gateMs <= 0) return;
    this.options.observer().refused(this.options.name, 'breaker-open');
    call.refused('breaker-open', gateMs);
  }

  #giveUp(call: BudgetCall): void {
    this.#local.giveUp(call);
    this.#shared?.giveUp(call);
    call.refused('cancelled', 0);
  }

  /** What waits asks again there; what is under way is counted at both. */
  #move(from: BudgetSession, to: BudgetSession): void {
    to.adopt(from.held);
    for (const call of from.moveOut()) this.#enter(call);
  }

  #localReplied(reply: BudgetReply): void {
    if (this.#current !== this.#local) return;
    this.#note(reply);
    const { gate, gateReason, gateMs } = reply.state;
    if (this.#limits.rate || !this.#shared || gate !== 'open' || !gateReason) return;
    if (this.options.clock.monotonicMs() < this.#sharedAwayUntilMs) return;
    this.#hasSharedGate = true;
    this.#shared.open(gateReason, gateMs);
    for (const call of this.#local.moveOut()) this.#enter(call);
  }

  #sharedReplied(reply: BudgetReply, step: BudgetStep): void {
    if (this.#isClosed || !this.#shared) return;
    // Until it has learned, the store does not count the calls that were made without it.
    if (this.#isDegraded && (step.step !== 'beat' || !step.learn)) return;
    this.#members.seen(reply);
    if (this.#isDegraded) {
      this.#carryGate(this.#shared);
      this.#endDegraded();
      this.#move(this.#local, this.#shared);
    } else if (!this.#limits.rate) this.#followGate(reply.state.gate !== 'closed', this.#shared);
    if (this.#current === this.#shared) this.#note(reply);
  }

  #followGate(isShared: boolean, shared: BudgetSession): void {
    if (isShared === this.#hasSharedGate) return;
    this.#hasSharedGate = isShared;
    if (isShared) for (const call of this.#local.moveOut()) this.#enter(call);
    else {
      const held = [...this.#local.held];
      this.options.local.forget(this.options.name);
      this.#local.restart();
      this.#local.adopt(held);
      this.#local.adopt(shared.held);
      this.#local.beat();
      for (const call of shared.moveOut()) this.#enter(call);
    }
  }

  #sharedAway(): void {
    if (this.#isClosed || !this.#shared || this.#isDegraded) return;
    const { clock, local, name } = this.options;
    this.#sharedAwayUntilMs = clock.monotonicMs() + RETURN_MS;
    if (this.#limits.rate) {
      this.#isDegraded = true;
      local.forget(name);
      this.#local.restart();
      this.#local.adopt(this.#shared.held);
      this.#carryGate(this.#local);
      void this.#local.learn([], this.#shared.silentMs);
      this.#shared.pauseBeats();
      this.#return.start();
    } else this.#hasSharedGate = false;
    for (const call of this.#shared.moveOut()) this.#enter(call);
  }

  /** A pause that the vendor asked for, or a breaker that is open, holds wherever calls are counted. */
  #carryGate(to: BudgetSession): void {
    const { gate, gateReason, gateMs } = this.snapshot();
    if (gate !== 'closed' && gateReason) to.open(gateReason, gateMs);
  }

  #endDegraded(): void {
    if (!this.#isDegraded) return;
    this.#isDegraded = false;
    this.#return.stop();
    this.#shared?.resumeBeats();
  }

  #note({ state }: BudgetReply): void {
    this.#state = { state, atMs: this.options.clock.monotonicMs() };
    this.#gateLog.note(state);
  }
}
