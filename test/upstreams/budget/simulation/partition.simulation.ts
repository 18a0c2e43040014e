import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { VendorAccountBudget } from '../../../../src/upstreams/budget/account.budget.js';
import { NO_OBSERVER } from '../../../../src/upstreams/budget/budget.observer.js';
import type {
  BudgetReply,
  BudgetStep,
  StepContext,
} from '../../../../src/upstreams/budget/budget.protocol.js';
import { type BudgetAccount, StoreAwayError } from '../../../../src/upstreams/budget/budget.store.js';
import {
  type BudgetLimits,
  BudgetRefusedError,
  type Grant,
} from '../../../../src/upstreams/budget/budget.types.js';
import { MemoryBudgetStore } from '../../../../src/upstreams/budget/memory.budget.store.js';
import { stepBudget } from '../../../../src/upstreams/budget/model/budget.model.js';
import { emptyState } from '../../../../src/upstreams/budget/model/budget.state.js';
import { SlidingLog } from './sliding.log.js';
import { Random } from '../../../support/random.js';

/** Of a command that is repeated once. */
const AWAY_AFTER_MS = 300;

/** A replica with the code of a gateway, which may not reach the store. */
interface Replica {
  readonly name: string;
  readonly budget: VendorAccountBudget;
  isCutOff: boolean;
  /** Its process is gone; nothing of it is reported. */
  isDead: boolean;
  /** Its callers pause. */
  isIdle: boolean;
  served: number;
}

/** Gateways as they are, on virtual time, between which and their store the network can break. */
export class PartitionSimulation {
  readonly vendor = new SlidingLog();
  readonly replicas: Replica[] = [];
  readonly random: Random;
  readonly #clock = { ms: 1_000, now: () => new Date(0), monotonicMs: () => this.#clock.ms };
  #names = 0;
  #state = emptyState();
  #server = 1;

  constructor(
    seed: number,
    private readonly limits: BudgetLimits,
    private readonly expected: number,
  ) {
    this.random = new Random(seed);
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate'] });
  }

  get nowMs(): number {
    return this.#clock.ms;
  }

  start(callers = 8): Replica {
    this.#names += 1;
    const name = `r${this.#names}`;
    const local = new MemoryBudgetStore(this.#clock);
    const shared = { step: this.#step.bind(this), responds: () => this.#responds(name) };
    const parts = { name: 'vendor:a', replica: name, clock: this.#clock, observer: () => NO_OBSERVER };
    const budget = new VendorAccountBudget({ ...parts, local, shared, replicas: this.expected }, this.limits);
    const replica = { name, budget, isCutOff: false, isDead: false, isIdle: false, served: 0 };
    this.replicas.push(replica);
    for (let caller = 0; caller < callers; caller += 1) void this.#callOn(replica, `caller${caller}`);
    return replica;
  }

  async run(ms: number): Promise<void> {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      this.#clock.ms += 1;
      mock.timers.tick(1);
      for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
      if (this.nowMs % 4 === 0) await nextTurn();
    }
  }

  /** Calls served in so long. */
  async servedIn(ms: number, replicas: readonly Replica[] = this.replicas): Promise<number> {
    const served = () => replicas.reduce((sum, replica) => sum + replica.served, 0);
    const before = served();
    await this.run(ms);
    return served() - before;
  }

  /** Cuts replicas off for `stallMs` of each `everyMs`. */
  async stall(stalled: readonly Replica[], stallMs: number, everyMs: number, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      for (const replica of stalled) replica.isCutOff = true;
      await this.run(stallMs);
      for (const replica of stalled) replica.isCutOff = false;
      await this.run(everyMs - stallMs);
    }
  }

  /** The store is restarted without its data. */
  loseAll(): void {
    this.#state = emptyState();
    this.#server += 1;
  }

  /** Another server takes over that has not got the writes of the last `ms`. */
  async loseWritesOf(ms: number): Promise<void> {
    const before = structuredClone(this.#state);
    await this.run(ms);
    this.#state = before;
    this.#server += 1;
  }

  crash(replica: Replica): void {
    replica.isDead = true;
  }

  async leave(replica: Replica): Promise<void> {
    replica.isIdle = true;
    void replica.budget.close();
    await this.run(1_000);
    replica.isDead = true;
  }

  close(): void {
    for (const replica of this.replicas) replica.isDead = true;
    mock.timers.reset();
  }

  #step(_account: BudgetAccount, context: StepContext, step: BudgetStep): Promise<BudgetReply> {
    const replica = this.#named(context.replica);
    return new Promise((resolve, reject) => {
      setTimeout(() => reject(new StoreAwayError()), AWAY_AFTER_MS);
      setTimeout(
        () => {
          if (replica.isCutOff || replica.isDead) return;
          const input = {
            limits: this.limits,
            context: { ...context, server: `s${this.#server}` },
            step,
          };
          const reply = stepBudget(this.#state, 5_000_000 + this.nowMs, input);
          for (const other of reply.others)
            setTimeout(() => this.#named(other.replica).budget.receive(other.results), 1);
          setTimeout(
            () => {
              if (!replica.isCutOff) resolve(reply);
            },
            this.random.between(0, 3),
          );
        },
        this.random.between(0, 3),
      );
    });
  }

  async #responds(name: string): Promise<boolean> {
    await after(this.random.between(0, 3));
    return !this.#named(name).isCutOff;
  }

  #named(name: string): Replica {
    return this.replicas.find((replica) => replica.name === name)!;
  }

  async #callOn(replica: Replica, caller: string): Promise<void> {
    while (!replica.isDead) {
      let pauseMs = this.random.between(0, 50);
      if (!replica.isIdle) {
        try {
          const request = {
            caller,
            weight: 1,
            callClass: 'interactive',
            operation: caller,
            waitMs: 3_000,
          } as const;
          await this.#call(replica, await replica.budget.acquire(request));
        } catch (error) {
          if (!(error instanceof BudgetRefusedError)) throw error;
          pauseMs = Math.min(error.retryAfterMs, 100);
        }
      }
      await after(pauseMs + 1);
    }
  }

  async #call(replica: Replica, grant: Grant): Promise<void> {
    await after(this.random.between(1, 40));
    if (replica.isDead) return;
    if (!grant.maySend()) return this.#settle(grant, 'unsent');
    const end = this.vendor.arrive(this.nowMs);
    await after(this.random.between(5, 90));
    end();
    replica.served += 1;
    await after(this.random.between(1, 20));
    if (!replica.isDead) this.#settle(grant, 'complete');
  }

  #settle(grant: Grant, kind: 'unsent' | 'complete'): void {
    grant.outcome({ kind });
    grant.release();
  }
}

const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
