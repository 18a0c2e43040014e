import * as fc from 'fast-check';
import { IMPORT2_LIMITS, ModelDriver, SPID_LIMITS } from '../../../../test/upstreams/budget/model.driver.js';
import { couldGo, ModelHistory } from '../../../../test/upstreams/budget/model.history.js';
import type { BudgetLimits, CallOutcome } from '../budget.types.js';

type Action =
  | {
      readonly does: 'ask';
      readonly replica: string;
      readonly caller: string;
      readonly operation: string;
      readonly isBackground: boolean;
      readonly isRead: boolean;
      readonly waitMs: number;
    }
  | {
      readonly does: 'settle';
      readonly which: number;
      readonly outcome: CallOutcome['kind'];
      readonly isBody: boolean;
    }
  | { readonly does: 'head'; readonly which: number }
  | { readonly does: 'cancel'; readonly which: number }
  | { readonly does: 'pass'; readonly ms: number };

const WEIGHTS: Record<string, number> = { alpha: 1, beta: 1, gamma: 5 };

const ask = fc.record({
  does: fc.constant('ask' as const),
  replica: fc.constantFrom('r1', 'r2'),
  caller: fc.constantFrom('alpha', 'beta', 'gamma'),
  operation: fc.constantFrom('get', 'search', 'create'),
  isBackground: fc.boolean(),
  isRead: fc.boolean(),
  waitMs: fc.integer({ min: 0, max: 6_000 }),
});
const outcome = fc.constantFrom<CallOutcome['kind'][]>(
  ...([
    'complete',
    'complete',
    'complete',
    'complete',
    'throttled',
    'failed',
    'lost',
    'unreachable',
    'unsent',
  ] as const),
);
const which = fc.nat(30);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: ask },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('settle' as const), which, outcome, isBody: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('head' as const), which }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cancel' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 700 }) }),
  },
);
const actions = fc.array(action, { minLength: 20, maxLength: 120 });

/** Of few and of one, with and without a rate: where floors and caps meet. */
const limits = fc.constantFrom<BudgetLimits>(
  IMPORT2_LIMITS,
  { ...IMPORT2_LIMITS, rate: { calls: 3, windowMs: 1_000 }, places: 4 },
  { ...IMPORT2_LIMITS, rate: { calls: 1, windowMs: 1_000 }, places: 1 },
  { ...IMPORT2_LIMITS, rate: { calls: 2, windowMs: 1_000 }, places: 2 },
  { ...SPID_LIMITS, places: 5 },
);

class Run {
  readonly driver: ModelDriver;
  readonly history: ModelHistory;
  readonly #replicas = new Map<string, string>();
  readonly #probes = new Set<string>();
  #decided = 0;
  #asked = 0;

  constructor(
    limits: BudgetLimits,
    readonly check: (run: Run) => void = () => undefined,
  ) {
    this.driver = new ModelDriver(limits);
    this.history = new ModelHistory(this.driver);
  }

  do(action: Action): void {
    if (action.does === 'ask') this.#ask(action);
    else if (action.does === 'pass') this.#pass(action.ms);
    else if (action.does === 'cancel') this.#cancel(action.which);
    else {
      const id = this.history.placed[action.which];
      if (id && action.does === 'head') this.#settle(id, undefined, false);
      else if (id && action.does === 'settle') this.#settle(id, action.outcome, action.isBody);
    }
  }

  /** Every call ends, and time passes until the last that waits is decided. */
  drain(): void {
    for (let round = 0; round < 60; round += 1) {
      for (const id of this.history.placed) this.#settle(id, 'complete', true);
      this.#pass(500);
    }
  }

  /** Under way. */
  get probes(): string[] {
    return this.history.placed.filter((id) => this.#probes.has(id));
  }

  get ids(): string[] {
    return [...this.#replicas.keys()];
  }

  #ask({ replica, isBackground, isRead, ...request }: Extract<Action, { does: 'ask' }>): void {
    this.#asked += 1;
    const id = `${replica}.${this.#asked}`;
    this.#replicas.set(id, replica);
    const callClass = isBackground ? 'background' : 'interactive';
    const probeMs = isRead ? 1_000 : undefined;
    const weight = WEIGHTS[request.caller];
    this.driver.acquire({ ...request, id, replica, weight, callClass, probeMs });
    this.#decide();
  }

  #cancel(which: number): void {
    const id = this.driver.state.waiting[which]?.id;
    if (!id) return;
    this.driver.step({ step: 'cancel', id }, this.#replicas.get(id));
    this.#replicas.delete(id);
    this.#decide();
  }

  #settle(id: string, kind: CallOutcome['kind'] | undefined, isBody: boolean): void {
    const outcome = kind === 'throttled' ? { kind, retryAfterMs: 800 } : kind && { kind };
    if (kind === 'unsent' || kind === 'unreachable') this.history.unsent(id);
    else if (kind === 'lost' || (!kind && isBody)) this.history.lost(id);
    else this.history.head(id);
    if (isBody) this.history.released(id);
    const head = kind === undefined;
    this.driver.step({ step: 'settle', id, head, outcome, release: isBody }, this.#replicas.get(id) ?? 'r1');
    this.#decide();
  }

  #pass(ms: number): void {
    const endMs = this.driver.nowMs + ms;
    while (this.driver.nowMs < endMs) {
      this.driver.nowMs = Math.min(endMs, this.driver.nowMs + Math.min(500, this.driver.last?.nextMs ?? 500));
      for (const replica of ['r1', 'r2']) {
        this.driver.beat(replica);
        this.#decide();
      }
    }
  }

  #decide(): void {
    for (const decision of this.driver.decisions.slice(this.#decided)) {
      if (!decision.granted) continue;
      this.history.granted(decision.id);
      if (decision.probeMs !== undefined) this.#probes.add(decision.id);
    }
    this.#decided = this.driver.decisions.length;
    this.check(this);
  }
}

function holds(check: (run: Run) => void, end: (run: Run) => void = () => undefined): void {
  fc.assert(
    fc.property(limits, actions, (limits, actions) => {
      const run = new Run(limits, check);
      for (const action of actions) run.do(action);
      end(run);
    }),
    { numRuns: 60 },
  );
}

describe('stepBudget under any calls', () => {
  it('never lets the vendor count more calls in a window than its limit', () => {
    holds(({ driver, history }) => {
      if (driver.limits.rate) expect(history.counted).toBeLessThanOrEqual(driver.limits.rate.calls);
    });
  });

  it('never has more calls under way than places, and counts what it holds', () => {
    holds(({ driver, history }) => {
      expect(history.placed.length).toBeLessThanOrEqual(driver.limits.places);
      expect(driver.last?.state.placesUsed).toBe(history.placed.length);
    });
  });

  it('never gives one operation more than half of the places, or one caller more than three quarters', () => {
    holds(({ driver }) => {
      const placed = driver.state.held.filter(({ isPlace }) => isPlace);
      for (const calls of Object.values(Object.groupBy(placed, ({ operation }) => operation))) {
        expect(calls?.length).toBeLessThanOrEqual(Math.ceil(driver.limits.places / 2));
      }
      for (const calls of Object.values(Object.groupBy(placed, ({ caller }) => caller))) {
        expect(calls?.length).toBeLessThanOrEqual(Math.ceil(0.75 * driver.limits.places));
      }
    });
  });

  it('leaves no call waiting that could go', () => {
    holds(({ driver }) => {
      expect(driver.state.waiting.filter((call) => couldGo(driver, call))).toStrictEqual([]);
    });
  });

  it('leaves no call waiting beyond its last moment', () => {
    holds(({ driver }) => {
      expect(driver.state.waiting.filter(({ latestMs }) => latestMs < driver.nowMs)).toStrictEqual([]);
    });
  });

  it('decides every call once', () => {
    const end = (run: Run) => {
      run.drain();
      const decided = run.driver.decisions.map(({ id }) => id);
      expect(new Set(decided).size).toBe(decided.length);
      expect(run.ids.filter((id) => !decided.includes(id))).toStrictEqual([]);
      expect(run.driver.last?.state).toMatchObject({
        placesUsed: 0,
        slotsUsed: 0,
        waiting: { interactive: 0 },
      });
    };
    holds(() => undefined, end);
  });

  it('grants nothing while the gate is open, and one probe at a time when it is half-open', () => {
    holds((run) => {
      const { driver } = run;
      const { gate } = driver.state;
      expect(run.probes.length).toBeLessThanOrEqual(1);
      if (gate.status === 'closed') return;
      const open = driver.state.held.filter((call) => call.epoch === gate.epoch && call.isPlace);
      expect(open.filter(({ id }) => !run.probes.includes(id))).toStrictEqual([]);
      if (gate.status === 'open') expect(open).toStrictEqual([]);
    });
  });

  it('does the same again with the same steps, and with a state that was written and read in between', () => {
    fc.assert(
      fc.property(limits, actions, (limits, actions) => {
        const [one, other] = [new Run(limits), new Run(limits)];
        for (const action of actions) {
          one.do(action);
          other.do(action);
          const { state } = other.driver;
          Object.assign(state, JSON.parse(JSON.stringify(state)));
        }
        expect(other.driver.state).toStrictEqual(one.driver.state);
        expect(other.driver.decisions).toStrictEqual(one.driver.decisions);
      }),
      { numRuns: 30 },
    );
  });
});
