import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { stepBudget } from '../../../src/upstreams/budget/model/budget.model.js';
import type { BudgetStep, ReplicaShare, StepContext } from '../../../src/upstreams/budget/budget.protocol.js';
import { budgetScript, accountKeyOf } from '../../../src/upstreams/budget/budget.script.js';
import { emptyState } from '../../../src/upstreams/budget/model/budget.state.js';
import type { BudgetLimits, CallOutcome } from '../../../src/upstreams/budget/budget.types.js';

const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

/** The model in Lua, with the time from ARGV and the state beside the reply. */
const SCRIPT = budgetScript(new URL('support/test.step.lua', import.meta.url));

interface Input {
  readonly afterMs: number;
  readonly clockMs: number;
  readonly replica: number;
  readonly knows: 'all' | 'nothing' | 'more';
  readonly server: string | undefined;
  readonly share?: ReplicaShare | undefined;
  readonly action: Action;
}

type Acquire = Extract<BudgetStep, { step: 'acquire' }>;

/** `call` counts back from the newest call. */
type Action =
  | {
      readonly kind: 'acquire';
      readonly caller: number;
      readonly background: boolean;
      readonly operation: number;
      readonly waitMs: number;
      readonly isRetry: boolean;
      readonly probeMs: number;
    }
  | {
      readonly kind: 'settle';
      readonly call: number;
      readonly head: boolean;
      readonly release: boolean;
      readonly outcome: CallOutcome | undefined;
    }
  | { readonly kind: 'cancel' | 'again'; readonly call: number }
  | {
      readonly kind: 'beat';
      readonly held: number;
      readonly waiting: number;
      readonly learn: boolean;
      readonly isIdle: boolean;
      readonly isApart: boolean;
    }
  | { readonly kind: 'open'; readonly reason: 'throttled' | 'failing'; readonly forMs: number }
  | { readonly kind: 'leave' }
  /** Everything of the oldest call that is held. */
  | { readonly kind: 'finish'; readonly outcome: CallOutcome };

const millis = (max: number) => fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max }));
const recent = fc.oneof(fc.nat(4), fc.nat(30));

const outcome = fc.oneof(
  { weight: 4, arbitrary: fc.constant<CallOutcome>({ kind: 'complete' }) },
  fc.record({
    kind: fc.constant('complete' as const),
    quota: fc.record({ remaining: fc.nat(2), resetMs: fc.integer({ min: -5, max: 3_000 }) }),
  }),
  fc.record({
    kind: fc.constant('throttled' as const),
    retryAfterMs: fc.double({ min: -1, max: 5_000, noNaN: true }),
  }),
  {
    weight: 3,
    arbitrary: fc.constantFrom<CallOutcome>(
      { kind: 'failed' },
      { kind: 'lost' },
      { kind: 'unreachable' },
      { kind: 'unsent' },
    ),
  },
);

const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('acquire' as const),
      caller: fc.nat(3),
      background: fc.boolean(),
      operation: fc.nat(2),
      waitMs: fc.double({ min: 0, max: 8_000, noNaN: true }),
      isRetry: fc.boolean(),
      probeMs: fc.constantFrom(0, 0, 1_000, 1_234.5),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      call: recent,
      head: fc.boolean(),
      release: fc.boolean(),
      outcome: fc.option(outcome, { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('cancel' as const, 'again' as const), call: recent }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('beat' as const),
      held: fc.nat(),
      waiting: fc.nat(),
      learn: fc.nat(9).map((n) => n === 0),
      isIdle: fc.nat(3).map((n) => n === 0),
      isApart: fc.nat(5).map((n) => n === 0),
    }),
  },
  fc.record({
    kind: fc.constant('open' as const),
    reason: fc.constantFrom('throttled' as const, 'failing' as const),
    forMs: fc.integer({ min: 0, max: 4_000 }),
  }),
  fc.constant<Action>({ kind: 'leave' }),
);

const input: fc.Arbitrary<Input> = fc.record({
  afterMs: millis(4_000),
  clockMs: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.integer({ min: -5_000, max: 5_000 })),
  replica: fc.nat(2),
  knows: fc.oneof(
    { weight: 12, arbitrary: fc.constant('all' as const) },
    fc.constantFrom('nothing' as const, 'more' as const),
  ),
  share: fc.option(
    fc.record({
      calls: fc.integer({ min: 0, max: 4 }),
      places: fc.integer({ min: 0, max: 3 }),
      replicas: fc.integer({ min: 1, max: 4 }),
    }),
    { nil: undefined },
  ),
  server: fc.oneof({ weight: 20, arbitrary: fc.constant('one') }, fc.constantFrom('two', undefined)),
  action,
});

const limits: fc.Arbitrary<BudgetLimits> = fc.record({
  rate: fc.option(
    fc.record({ calls: fc.integer({ min: 1, max: 12 }), windowMs: fc.constantFrom(100, 1_000, 2_500) }),
    { nil: undefined },
  ),
  places: fc.integer({ min: 1, max: 9 }),
  attemptMs: fc.constantFrom(500, 10_000),
});

/** A queue that is always full, with calls that come at the same time and have the same deadline. */
const busyInput: fc.Arbitrary<Input> = fc.record({
  afterMs: fc.constantFrom(0, 0, 1, 110),
  clockMs: fc.constant(0),
  replica: fc.nat(1),
  knows: fc.constant('all' as const),
  server: fc.constant('one'),
  action: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('acquire' as const),
        caller: fc.nat(1),
        background: fc.boolean(),
        operation: fc.nat(1),
        waitMs: fc.constantFrom(2_000, 2_400, 3_000, 20_000),
        isRetry: fc.constant(false),
        probeMs: fc.constantFrom(0, 1_000),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('finish' as const),
        outcome: fc.constantFrom<CallOutcome>({ kind: 'complete' }, { kind: 'complete' }, { kind: 'failed' }),
      }),
    },
  ),
});

const busyLimits: fc.Arbitrary<BudgetLimits> = fc.record({
  rate: fc.option(fc.record({ calls: fc.integer({ min: 1, max: 3 }), windowMs: fc.constant(100) }), {
    nil: undefined,
  }),
  places: fc.integer({ min: 1, max: 3 }),
  attemptMs: fc.constant(10_000),
});

describe('the script of the budget', () => {
  const redis = new Redis(REDIS_URL);
  let sha: string;

  beforeAll(async () => {
    sha = (await redis.script('LOAD', SCRIPT)) as string;
  });

  afterAll(() => redis.disconnect());

  it('does what the model does, step by step', async () => {
    const steps = fc.array(input, { minLength: 1, maxLength: 150, size: 'max' });
    await fc.assert(fc.asyncProperty(limits, steps, compare), { numRuns: 150 });
  });

  it('does what the model does while many calls wait', async () => {
    const steps = fc.array(busyInput, { minLength: 50, maxLength: 150, size: 'max' });
    await fc.assert(fc.asyncProperty(busyLimits, steps, compare), { numRuns: 100 });
  });

  it('opens the gate at the same outcome when half of ten are failures', async () => {
    const acquire: Action = {
      kind: 'acquire',
      caller: 0,
      background: false,
      operation: 0,
      waitMs: 0,
      isRetry: false,
      probeMs: 0,
    };
    const outcomes = Array.from({ length: 10 }, (_, index) =>
      index % 2 ? ('complete' as const) : ('failed' as const),
    );
    const inputs = outcomes
      .flatMap((kind): Action[] => [acquire, { kind: 'finish', outcome: { kind } }])
      .map((action) => ({
        afterMs: 1,
        clockMs: 0,
        replica: 0,
        knows: 'all' as const,
        server: 'one',
        action,
      }));
    await compare({ rate: undefined, places: 8, attemptMs: 10_000 }, inputs);
  });

  async function compare(limits: BudgetLimits, inputs: readonly Input[]): Promise<void> {
    const key = accountKeyOf(`test:${randomUUID()}`);
    const state = emptyState();
    const clock = { ms: 1_000_000 };
    const calls: Acquire[] = [];
    const last = new Map<string, { storeMs: number; atMs: number; seq: number }>();
    let passedMs = 0;
    for (const each of inputs) {
      passedMs += each.afterMs;
      clock.ms += each.afterMs + each.clockMs;
      const replica = `r${each.replica}`;
      const known = each.knows === 'nothing' ? undefined : last.get(replica);
      const context: StepContext = {
        replica,
        seq: (known?.seq ?? 0) + (each.knows === 'more' ? 5 : 0),
        ...(known && { last: { storeMs: known.storeMs, agoMs: passedMs - known.atMs + 0.25 } }),
        ...(each.server && { server: each.server }),
        ...(each.share && { share: each.share }),
      };
      const step = stepOf(each.action, calls, state.held[0]?.id);
      const sent = JSON.stringify({ limits, context, step });
      const expected = stepBudget(state, clock.ms, JSON.parse(sent));
      const result = JSON.parse(String(await redis.evalsha(sha, 1, key, sent, clock.ms)));
      if (!isSame(result, { reply: expected, state })) expect(result).toEqual({ reply: expected, state });
      last.set(replica, { storeMs: expected.storeMs, atMs: passedMs, seq: expected.seq });
    }
    await redis.del(key);
  }
});

function stepOf(action: Action, calls: Acquire[], oldest = 'none'): BudgetStep {
  const call = (back: number) => calls.at(-1 - (back % Math.max(1, calls.length)))?.id ?? 'none';
  switch (action.kind) {
    case 'acquire': {
      const { background, caller, operation, waitMs, isRetry, probeMs } = action;
      calls.push({
        step: 'acquire',
        id: `c${calls.length}`,
        caller: `caller${caller}`,
        weight: [1, 1, 2, 7][caller] ?? 1,
        callClass: background ? 'background' : 'interactive',
        operation: `operation${operation}`,
        waitMs,
        ...(isRetry && { isRetry }),
        ...(probeMs && { probeMs }),
      });
      return calls.at(-1)!;
    }
    case 'again':
      return calls.at(-1 - (action.call % Math.max(1, calls.length))) ?? { step: 'leave' };
    case 'settle':
      return {
        step: 'settle',
        id: call(action.call),
        head: action.head,
        release: action.release,
        ...(action.outcome && { outcome: action.outcome }),
      };
    case 'cancel':
      return { step: 'cancel', id: call(action.call) };
    case 'beat': {
      const some = (mask: number) => calls.filter((_, index) => (mask >> (index % 31)) & 1).slice(-12);
      return {
        step: 'beat',
        held: some(action.held).map(({ id, caller, callClass, operation, probeMs }) => ({
          id,
          caller,
          callClass,
          operation,
          ...(probeMs === 1_000 && { isProbe: true }),
        })),
        waiting: some(action.waiting).map(({ id }) => id),
        ...(action.learn && { learn: true, afterMs: action.held % 3_000 }),
        ...(action.isIdle && { isIdle: true }),
        ...(action.isApart && { isApart: true }),
      };
    }
    case 'open':
      return { step: 'open', reason: action.reason, forMs: action.forMs };
    case 'leave':
      return { step: 'leave' };
    case 'finish':
      return { step: 'settle', id: oldest, head: true, outcome: action.outcome, release: true };
    default:
      return action satisfies never;
  }
}

/** The JSON of Lua has 14 digits, and an empty object for an empty list. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'number' && typeof other === 'number') {
    return Math.abs(one - other) <= 1e-12 * Math.max(Math.abs(one), Math.abs(other));
  }
  if (!isObject(one) || !isObject(other)) return one === other;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => isSame(one[name], other[name]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
