import type { BudgetLimits } from '../../../../src/upstreams/budget/budget.types.js';
import { ATTEMPT_MS, type SimulatedCall, SimulatedReplica } from './simulated.replica.js';
import { SimulatedStore } from './simulated.store.js';
import { SimulatedVendor, type VendorMood } from './simulated.vendor.js';
import { Timeline } from './timeline.js';
import { Random } from '../../../support/random.js';

export interface SimulationPlan {
  readonly seed: number;
  readonly replicas: number;
  readonly limits: BudgetLimits;
  /** Calls offered each second by each of four callers. */
  readonly load: number;
  /** Chance in each second. */
  readonly crash?: number;
  readonly stall?: number;
  readonly stallMsMax?: number;
  readonly failover?: number;
  readonly clockStep?: number;
  readonly freeze?: number;
  readonly moods?: readonly VendorMood[];
  readonly lostMessages?: number;
  readonly cancel?: number;
  /** No packet is lost on its way to the vendor or the store. */
  readonly isSteady?: boolean;
  /** The vendor is in this mood from `fromMs` on, and well again from `toMs` on. */
  readonly outage?: { readonly mood: VendorMood; readonly fromMs: number; readonly toMs: number };
}

export const RATE_LIMITS: BudgetLimits = {
  rate: { calls: 10, windowMs: 1_000 },
  places: 5,
  attemptMs: ATTEMPT_MS,
};

/** Time limit of a read that is a probe. */
const PROBE_MS = 1_000;

/** The time with faults, and the calm time after it in which all must be well again. */
const STORMY_MS = 40_000;
const CALM_MS = 20_000;

/** Replicas, a store and a vendor in virtual time. The same plan gives the same run. */
export class BudgetSimulation {
  readonly time = new Timeline();
  readonly calls: SimulatedCall[] = [];
  readonly vendor: SimulatedVendor;
  readonly store: SimulatedStore;
  readonly replicas: SimulatedReplica[] = [];
  /** From the end of the outage until the gate was closed. */
  recoveredMs: number | undefined;
  readonly #random: Random;
  #names = 0;
  #cancel: number;

  constructor(private readonly plan: SimulationPlan) {
    this.#random = new Random(plan.seed);
    this.#cancel = plan.cancel ?? 0;
    this.vendor = new SimulatedVendor(this.time, this.#random);
    this.store = new SimulatedStore(this.time, this.#random, plan.limits, (name, results) => {
      const target = this.replicas.find((replica) => replica.name === name);
      this.time.after(this.#random.between(0.2, 3), () => target?.receive(results));
    });
    this.store.lostMessages = plan.lostMessages ?? 0;
    for (let count = 0; count < plan.replicas; count += 1) this.#start();
  }

  run(): this {
    this.#offer();
    this.#planOutage();
    for (let atMs = 1_000; atMs < STORMY_MS; atMs += 1_000) this.time.at(atMs, () => this.#fault());
    this.time.runUntil(STORMY_MS);
    this.vendor.mood = 'well';
    this.#cancel = 0;
    this.store.lostMessages = 0;
    this.time.runUntil(STORMY_MS + CALM_MS);
    return this;
  }

  /** Asks for one call each second. The first are the probes of a gate that is still half-open. Returns how each has ended. */
  runOn(seconds: number): SimulatedCall['ended'][] {
    const before = this.calls.length;
    for (let second = 0; second < seconds; second += 1) {
      this.time.after(second * 1_000, () => this.#request('alpha', 3_000));
    }
    this.time.runUntil(this.time.nowMs + seconds * 1_000 + 6_000);
    return this.calls.slice(before).map(({ ended }) => ended);
  }

  get endedTwice(): number {
    return this.replicas.reduce((sum, replica) => sum + replica.endedTwice, 0);
  }

  #start(): void {
    this.#names += 1;
    const { time, store, vendor } = this;
    const world = { time, random: this.#random, store, vendor, isSteady: this.plan.isSteady ?? false };
    this.replicas.push(new SimulatedReplica(`r${this.#names}`, world));
  }

  #offer(): void {
    for (const caller of ['alpha', 'beta', 'gamma', 'tollgate']) {
      let atMs = 0;
      for (;;) {
        atMs += this.#random.exponential(1_000 / this.plan.load);
        if (atMs >= STORMY_MS) break;
        this.time.at(atMs, () => this.#request(caller, this.#random.between(200, 5_000)));
      }
    }
  }

  #planOutage(): void {
    const { outage } = this.plan;
    if (!outage) return;
    this.time.at(outage.fromMs, () => (this.vendor.mood = outage.mood));
    this.time.at(outage.toMs, () => (this.vendor.mood = 'well'));
    for (let atMs = outage.toMs; atMs < STORMY_MS; atMs += 10) {
      this.time.at(atMs, () => {
        if (this.store.state.gate.status === 'closed') this.recoveredMs ??= atMs - outage.toMs;
      });
    }
  }

  #request(caller: string, waitMs: number): void {
    const replica = this.#random.pick(this.replicas.filter(({ isCrashed }) => !isCrashed));
    const callClass = caller === 'tollgate' ? 'background' : 'interactive';
    const operation = this.#random.pick(['get', 'search', 'create']);
    const call: SimulatedCall = {
      id: `${replica.name}.${this.calls.length}`,
      request: {
        caller,
        weight: caller === 'gamma' ? 2 : 1,
        callClass,
        operation,
        waitMs,
        ...(operation !== 'create' && { probeMs: PROBE_MS }),
      },
      untilMs: this.time.nowMs + waitMs,
    };
    this.calls.push(call);
    replica.request(call);
    if (this.#random.chance(this.#cancel)) {
      this.time.after(this.#random.between(0, 1_000), () => replica.giveUp(call));
    }
  }

  #fault(): void {
    const { plan } = this;
    const does = (chance: number | undefined) => this.#random.chance(chance ?? 0);
    const alive = this.replicas.filter(({ isCrashed }) => !isCrashed);
    if (does(plan.crash)) this.#crash(this.#random.pick(alive));
    if (does(plan.stall)) this.#random.pick(alive).stall(this.#random.between(50, plan.stallMsMax ?? 1_000));
    if (does(plan.clockStep)) this.store.clockMs += this.#random.pick([-2_000, 2_000, 30_000, -30_000, 400]);
    if (does(plan.freeze)) this.store.frozenUntilMs = this.time.nowMs + this.#random.between(100, 4_000);
    if (does(plan.failover)) this.#failOver();
    if (plan.moods && does(0.3)) this.vendor.mood = this.#random.pick(plan.moods);
  }

  #crash(replica: SimulatedReplica): void {
    replica.crash();
    this.time.after(this.#random.between(1_500, 6_000), () => this.#start());
    if (this.replicas.every(({ isCrashed }) => isCrashed)) this.#start();
  }

  #failOver(): void {
    this.store.startJournal();
    this.time.after(400, () => {
      this.store.failOver(this.#random.pick([1, 3, 10, Infinity]));
      for (const replica of this.replicas) replica.reconnect(this.#random.between(20, 300));
    });
  }
}
