import { VendorAccountBudget } from '../../../src/upstreams/budget/account.budget.js';
import { type BudgetObserver, NO_OBSERVER } from '../../../src/upstreams/budget/budget.observer.js';
import type { BudgetStep } from '../../../src/upstreams/budget/budget.protocol.js';
import type { BudgetLimits, BudgetRequest } from '../../../src/upstreams/budget/budget.types.js';
import { until } from '../../support/until.js';
import { CLOSED, granting, keepWaiting, ScriptedStore } from './support/scripted.store.js';

const REQUEST: BudgetRequest = {
  caller: 'shop',
  weight: 1,
  callClass: 'interactive',
  operation: 'product_get',
  waitMs: 60_000,
};

const RATED: BudgetLimits = { rate: { calls: 10, windowMs: 1_000 }, places: 16, attemptMs: 10_000 };

describe('VendorAccountBudget while the shared store is away', () => {
  const clock = { ms: 0, now: () => new Date(), monotonicMs: () => clock.ms };
  let counted: string[];
  let local: ScriptedStore;
  let shared: ScriptedStore;
  const budgets: VendorAccountBudget[] = [];

  beforeEach(() => {
    clock.ms = 1_000;
    counted = [];
    local = new ScriptedStore(false);
    shared = new ScriptedStore(true);
  });

  afterEach(async () => {
    await Promise.all(budgets.splice(0).map((budget) => budget.close()));
  });

  const observer: BudgetObserver = {
    ...NO_OBSERVER,
    refused: (_, reason) => counted.push(`refused ${reason}`),
  };

  function budget(limits: BudgetLimits, { replicas = 1 } = {}): VendorAccountBudget {
    const parts = { name: 'vendor:a', replica: 'r1', clock, observer: () => observer, local, replicas };
    const made = new VendorAccountBudget({ ...parts, shared }, limits);
    budgets.push(made);
    return made;
  }

  const refusal = (call: unknown) =>
    Promise.resolve(call).then(
      () => undefined,
      ({ reason, retryAfterMs }) => ({ reason, retryAfterMs }),
    );
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('uses no more than the shared store knows, and shows it only with what it has made since that it lives', async () => {
    shared.decide = (step) => ({ ...decideGrant(step), replicas: 3, rank: 2 });
    const account = budget(RATED, { replicas: 2 });
    await account.acquire(REQUEST);
    await until('its share is known', () => shared.steps('beat').length > 0);
    await turn();
    const shares = shared.asked.map(({ context }) => context.share);
    expect(shares[0]).toEqual({ calls: 4, places: 8, replicas: 2 });
    expect(shares.at(-1)).toEqual({ calls: 3, places: 5, replicas: 2 });
    shared.decide = (step) => ({ ...decideGrant(step), replicas: 2, rank: 1 });
    clock.ms += 60_001;
    await account.acquire(REQUEST);
    shared.isAway = true;
    shared.asked.length = 0;
    await account.acquire(REQUEST);
    expect(local.asked[0]).toMatchObject({
      account: { limits: { rate: { calls: 3, windowMs: 1_000 }, places: 5 } },
      step: { learn: true, afterMs: 1_500 },
    });
    await until('it asks whether the store is back', () => shared.steps('beat').length > 2);
    expect(
      shared
        .steps('beat')
        .slice(1)
        .every(({ learn }) => learn),
    ).toBe(true);
  });

  it('uses its share after it has learned what is under way, and counts there again once the store replies', async () => {
    const account = budget(RATED, { replicas: 2 });
    const before = await account.acquire(REQUEST);
    shared.isAway = true;
    const during = await account.acquire(REQUEST);
    expect(local.forgotten).toEqual(['vendor:a']);
    expect(local.asked.slice(0, 2)).toMatchObject([
      {
        account: { limits: { rate: { calls: 4, windowMs: 1_000 }, places: 8 } },
        step: { step: 'beat', held: [{ id: 'r1.1' }], learn: true },
      },
      { step: { step: 'acquire', id: 'r1.2' } },
    ]);
    expect(account.snapshot().mode).toBe('degraded');

    before.release();
    await turn();
    shared.isAway = false;
    await until('it is shared again', () => account.snapshot().mode === 'shared');
    const learned = shared.steps('beat').filter(({ learn }) => learn);
    expect(learned.at(-1)?.held.map(({ id }) => id)).toEqual(['r1.2']);
    // What could not be reported is reported now.
    await until('the release is known', () => shared.steps('settle').length > 0);
    expect(shared.steps('settle').at(-1)).toMatchObject({ id: 'r1.1', release: true });
    during.release();
    await turn();
    expect(shared.steps('settle').at(-1)).toMatchObject({ id: 'r1.2', release: true });
    await until('it shows that it lives', () => shared.steps('beat').at(-1)?.learn === undefined);
  });

  it('keeps to a pause of the vendor that began before, and reports one that it has met meanwhile', async () => {
    const paused = { ...CLOSED, gate: 'open', gateReason: 'throttled', gateMs: 60_000 } as const;
    shared.decide = (step) => ({ ...decideGrant(step), state: paused });
    const account = budget(RATED);
    await account.acquire(REQUEST);
    clock.ms += 10_000;
    local.decide = (step) => ({ ...decideGrant(step), state: { ...paused, gateMs: 30_000 } });
    shared.isAway = true;
    await account.acquire(REQUEST);
    expect(local.steps('open')).toEqual([{ step: 'open', reason: 'throttled', forMs: 50_000 }]);
    clock.ms += 5_000;
    shared.isAway = false;
    await until('it is shared again', () => account.snapshot().mode === 'shared');
    expect(shared.steps('open')).toEqual([{ step: 'open', reason: 'throttled', forMs: 25_000 }]);
  });

  it('moves a call that waits there to this process and back, with the time that it has left', async () => {
    shared.decide = keepWaiting;
    local.decide = keepWaiting;
    const account = budget(RATED);
    const call = account.acquire(REQUEST);
    await turn();
    clock.ms += 2_000;
    shared.isAway = true;
    account.refresh();
    await until('it waits here', () => local.steps('acquire').length > 0);
    expect(local.steps('acquire')).toMatchObject([{ id: 'r1.1', waitMs: 58_000 }]);
    shared.isAway = false;
    shared.decide = decideGrant;
    await call;
    expect(local.steps('cancel')).toEqual([{ step: 'cancel', id: 'r1.1' }]);
  });

  it('refuses at once what this replica may not send', async () => {
    shared.decide = (step) => ({ ...decideGrant(step), replicas: 20, rank: 12 });
    const account = budget(RATED);
    await account.acquire(REQUEST);
    shared.isAway = true;
    expect(await refusal(account.acquire(REQUEST))).toEqual({ reason: 'throttled', retryAfterMs: 2_000 });
    expect(counted.at(-1)).toBe('refused throttled');
  });
});

function decideGrant(step: BudgetStep) {
  return step.step === 'acquire' ? granting(step.id) : {};
}
