import type {
  BudgetReply,
  BudgetResult,
  BudgetStep,
  LastReply,
} from '../../../../src/upstreams/budget/budget.protocol.js';
import type { BudgetRequest, CallOutcome } from '../../../../src/upstreams/budget/budget.types.js';
import type { SimulatedStore } from './simulated.store.js';
import type { SimulatedVendor } from './simulated.vendor.js';
import type { Timeline } from './timeline.js';
import type { Random } from '../../../support/random.js';

export const ATTEMPT_MS = 2_000;
const LINGER_MS = 2_000;
const BEAT_MS = 500;
const COMMAND_MS = 150;
/** Beats go on so long after the last call. */
const IDLE_MS = 3_000;

export interface SimulatedCall {
  readonly id: string;
  readonly request: BudgetRequest;
  readonly untilMs: number;
  ended?: 'granted' | 'refused' | 'cancelled' | 'missed' | 'crashed';
  endedMs?: number;
  retryAfterMs?: number;
}

interface HeldCall {
  readonly call: SimulatedCall;
  readonly sendUntilMs: number;
  /** Of a probe: its socket is closed by then. */
  readonly closesAtMs: number | undefined;
  close?: () => void;
  isOver?: boolean;
}

type Granted = Extract<BudgetResult, { granted: true }>;
type Settle = Extract<BudgetStep, { step: 'settle' }>;

/** A replica: commands that are late are repeated once, beats, calls to the vendor. It can stall, and it can crash. */
export class SimulatedReplica {
  readonly waiting = new Map<string, SimulatedCall>();
  readonly held = new Map<string, HeldCall>();
  /** Ended more than once. */
  endedTwice = 0;
  /** Grants that were taken: one that is reported again must not be returned. */
  readonly #used = new Set<string>();
  #lastUseMs = 0;
  readonly #calls = new Set<SimulatedCall>();
  #isCrashed = false;
  #stalledUntilMs = 0;
  #connectedAtMs = 0;
  #server: number;
  #arrivesMs = 0;
  #seq = 0;
  #last: { storeMs: number; atMs: number } | undefined;
  #undecidedMs = 0;
  #unsettled: Settle[] = [];
  #wakesAtMs = Infinity;

  constructor(
    readonly name: string,
    private readonly world: {
      time: Timeline;
      random: Random;
      store: SimulatedStore;
      vendor: SimulatedVendor;
      /** No packet is lost on its way to the vendor or the store. */
      isSteady: boolean;
    },
  ) {
    this.#server = world.store.server;
    world.time.after(world.random.between(0, BEAT_MS), () => this.#tick());
  }

  request(call: SimulatedCall): void {
    this.#calls.add(call);
    this.#onLoop(() => {
      this.#lastUseMs = this.world.time.nowMs;
      this.waiting.set(call.id, call);
      this.#ask(call);
    });
  }

  giveUp(call: SimulatedCall): void {
    this.#onLoop(() => {
      if (!this.waiting.delete(call.id)) return;
      this.#end(call, 'cancelled');
      this.#send({ step: 'cancel', id: call.id });
    });
  }

  receive(results: readonly BudgetResult[]): void {
    this.#onLoop(() => this.#apply(results, this.#undecidedMs));
  }

  stall(ms: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, this.world.time.nowMs + ms);
  }

  crash(): void {
    this.#isCrashed = true;
    for (const call of this.#calls) if (!call.ended) this.#end(call, 'crashed');
    for (const held of this.held.values()) held.close?.();
    this.waiting.clear();
    this.held.clear();
  }

  /** The connection breaks, and goes to the server that is there after `ms`. */
  reconnect(ms: number): void {
    this.#connectedAtMs = this.world.time.nowMs + ms;
    this.#server = this.world.store.server;
  }

  get isCrashed(): boolean {
    return this.#isCrashed;
  }

  #ask(call: SimulatedCall): void {
    const waitMs = Math.max(0, call.untilMs - this.world.time.nowMs - 25);
    this.#send({ ...call.request, step: 'acquire', id: call.id, waitMs });
  }

  #tick(): void {
    if (this.#isCrashed) return;
    this.#onLoop(() => {
      const unsettled = this.#unsettled;
      this.#unsettled = [];
      for (const step of unsettled) this.#send(step);
      for (const call of this.waiting.values())
        if (this.world.time.nowMs > call.untilMs + 1_000) this.#miss(call);
      const isInUse = this.waiting.size > 0 || this.held.size > 0;
      if (isInUse || this.world.time.nowMs - this.#lastUseMs < IDLE_MS) this.#beat();
    });
    this.world.time.after(BEAT_MS, () => this.#tick());
  }

  #miss(call: SimulatedCall): void {
    this.waiting.delete(call.id);
    this.#end(call, 'missed');
  }

  #beat(): void {
    const held = [...this.held.values()].map(({ call: { id, request }, closesAtMs }) => ({
      id,
      ...(closesAtMs !== undefined && { isProbe: true }),
      caller: request.caller,
      callClass: request.callClass,
      operation: request.operation,
    }));
    this.#send({ step: 'beat', held, waiting: [...this.waiting.keys()] });
  }

  /** A busy event loop does everything later. */
  #onLoop(run: () => void): void {
    const { time } = this.world;
    if (this.#isCrashed) return;
    if (time.nowMs < this.#stalledUntilMs) time.at(this.#stalledUntilMs, () => this.#onLoop(run));
    else run();
  }

  #send(step: BudgetStep, isRepeated = false): void {
    const { time, random, store } = this.world;
    const sentMs = time.nowMs;
    const last: LastReply | undefined = this.#last && {
      storeMs: this.#last.storeMs,
      agoMs: sentMs - this.#last.atMs,
    };
    const context = { replica: this.name, seq: this.#seq, last, server: `s${this.#server}` };
    const server = this.#server;
    let isReplied = false;
    const deliver = () => {
      if (server !== store.server || time.nowMs < this.#connectedAtMs) return;
      if (time.nowMs < store.frozenUntilMs) return time.at(store.frozenUntilMs, deliver);
      const reply = store.step(context, step);
      time.after(random.between(0.2, 2), () => {
        if (server !== store.server) return;
        this.#onLoop(() => {
          isReplied = true;
          this.#replied(reply, sentMs);
        });
      });
    };
    this.#arrivesMs = Math.max(this.#arrivesMs, time.nowMs + this.#delay());
    time.at(this.#arrivesMs, deliver);
    time.after(COMMAND_MS, () =>
      this.#onLoop(() => time.after(0, () => this.#late(step, isReplied, isRepeated))),
    );
  }

  #delay(): number {
    const { random, isSteady } = this.world;
    return !isSteady && random.chance(0.01) ? random.between(100, 400) : random.between(0.2, 2);
  }

  #late(step: BudgetStep, isReplied: boolean, isRepeated: boolean): void {
    if (isReplied || this.#isCrashed) return;
    if (!isRepeated) this.#send(step, true);
    else if (step.step === 'settle') this.#unsettled.push(step);
  }

  #replied(reply: BudgetReply, sentMs: number): void {
    const { time } = this.world;
    if (reply.seq > this.#seq) {
      this.#seq = reply.seq;
      this.#last = { storeMs: reply.storeMs, atMs: time.nowMs };
    }
    this.#apply(reply.results, sentMs);
    this.#undecidedMs = Math.max(this.#undecidedMs, sentMs);
    for (const id of reply.unknown ?? []) {
      const call = this.waiting.get(id);
      if (call) this.#ask(call);
    }
    if (reply.nextMs !== undefined && this.waiting.size > 0) this.#wakeAfter(reply.nextMs + 1);
  }

  #wakeAfter(ms: number): void {
    const { time } = this.world;
    const atMs = time.nowMs + ms;
    if (atMs >= this.#wakesAtMs) return;
    this.#wakesAtMs = atMs;
    time.at(atMs, () => {
      if (this.#wakesAtMs !== atMs) return;
      this.#wakesAtMs = Infinity;
      this.#onLoop(() => {
        if (this.waiting.size > 0) this.#beat();
      });
    });
  }

  #apply(results: readonly BudgetResult[], sentMs: number): void {
    for (const result of results) {
      const call = this.waiting.get(result.id);
      if (!call) {
        if (result.granted && !this.#used.has(result.id)) this.#send({ step: 'cancel', id: result.id });
        continue;
      }
      this.waiting.delete(result.id);
      if (result.granted) this.#granted(call, result, sentMs);
      else {
        call.retryAfterMs = result.retryAfterMs;
        this.#end(call, 'refused');
      }
    }
  }

  #granted(call: SimulatedCall, { sendWithinMs, probeMs }: Granted, sentMs: number): void {
    const { time, random, isSteady } = this.world;
    const sendUntilMs = sentMs + sendWithinMs;
    if (time.nowMs > Math.min(call.untilMs, sendUntilMs)) {
      this.#end(call, 'missed');
      this.#send({ step: 'cancel', id: call.id });
      return;
    }
    this.#end(call, 'granted');
    const closesAtMs = probeMs === undefined ? undefined : sentMs + probeMs;
    const held: HeldCall = { call, sendUntilMs, closesAtMs };
    this.held.set(call.id, held);
    this.#used.add(call.id);
    const connectMs = !isSteady && random.chance(0.02) ? random.between(500, 3_500) : random.between(0, 5);
    time.after(Math.min(connectMs, msLeft(held, time.nowMs)), () => this.#onLoop(() => this.#write(held)));
  }

  #write(held: HeldCall): void {
    const { time, random, vendor, isSteady } = this.world;
    const leftMs = msLeft(held, time.nowMs);
    if (time.nowMs >= held.sendUntilMs) return this.#finish(held, { kind: 'unsent' });
    if (leftMs <= 0) return this.#finish(held, { kind: 'unreachable' });
    if (vendor.mood === 'unreachable') return this.#finish(held, { kind: 'unreachable' });
    const wayMs = !isSteady && random.chance(0.01) ? random.between(200, 1_500) : 15 + random.exponential(8);
    time.after(wayMs, () => {
      if (held.isOver) return;
      held.close = vendor.arrive({
        isProbe: held.closesAtMs !== undefined,
        responded: (outcome) =>
          time.after(15 + random.exponential(8), () => this.#onLoop(() => this.#finish(held, outcome))),
      });
      if (this.#isCrashed) held.close();
    });
    time.after(Math.min(ATTEMPT_MS, leftMs), () => this.#onLoop(() => this.#giveUpResponse(held, leftMs)));
  }

  #giveUpResponse(held: HeldCall, leftMs: number): void {
    if (held.isOver) return;
    if (leftMs <= ATTEMPT_MS) return this.#finish(held, { kind: 'lost' });
    this.#settle({ step: 'settle', id: held.call.id, outcome: { kind: 'lost' } });
    this.world.time.after(Math.min(LINGER_MS, leftMs - ATTEMPT_MS), () =>
      this.#onLoop(() => this.#finish(held)),
    );
  }

  #finish(held: HeldCall, outcome?: CallOutcome): void {
    if (held.isOver) return;
    held.isOver = true;
    held.close?.();
    this.held.delete(held.call.id);
    this.#settle({ step: 'settle', id: held.call.id, outcome, release: true });
  }

  #settle(step: Settle): void {
    this.#send(step);
  }

  #end(call: SimulatedCall, how: SimulatedCall['ended']): void {
    if (call.ended) this.endedTwice += 1;
    call.ended = how;
    call.endedMs = this.world.time.nowMs;
  }
}

/** A read that is a probe is cut short. */
function msLeft({ call, closesAtMs }: HeldCall, nowMs: number): number {
  return call.request.probeMs !== undefined && closesAtMs !== undefined ? closesAtMs - nowMs : Infinity;
}
