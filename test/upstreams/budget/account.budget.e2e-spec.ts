import { getEventListeners } from 'node:events';
import { VendorAccountBudget } from '../../../src/upstreams/budget/account.budget.js';
import type { BudgetObserver } from '../../../src/upstreams/budget/budget.observer.js';
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
const UNRATED: BudgetLimits = { rate: undefined, places: 64, attemptMs: 10_000 };

const OPEN = { ...CLOSED, gate: 'open', gateReason: 'failing', gateMs: 1_000 } as const;

describe('VendorAccountBudget', () => {
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
    granted: (account, callClass, ms) => counted.push(`granted ${account} ${callClass} ${ms}`),
    refused: (_, reason) => counted.push(`refused ${reason}`),
    revoked: () => counted.push('revoked'),
    missed: () => counted.push('missed'),
    roundTrip: () => undefined,
  };

  function budget(limits: BudgetLimits, { replicas = 1, replica = 'r1' } = {}): VendorAccountBudget {
    const parts = { name: 'vendor:a', replica, clock, observer: () => observer, local, replicas };
    const made = new VendorAccountBudget({ ...parts, shared }, limits);
    budgets.push(made);
    return made;
  }

  const granted = (id: string) => granting(id).results;
  const refusal = (call: unknown) =>
    Promise.resolve(call).then(
      () => undefined,
      ({ reason, retryAfterMs }) => ({ reason, retryAfterMs }),
    );
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  describe('without a rate', () => {
    it('grants in this process, with no step at the shared store and no listener left at the signal', async () => {
      const { signal } = new AbortController();
      const grant = await budget(UNRATED).acquire(REQUEST, signal);
      expect(grant.maySend()).toBe(true);
      expect(grant.msLeft()).toBe(Infinity);
      expect(shared.asked).toEqual([]);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      expect(counted).toEqual(['granted vendor:a interactive 0']);
    });

    it('reports head, outcome and release of one turn as one step, and each once', async () => {
      const grant = await budget(UNRATED).acquire(REQUEST);
      grant.head();
      grant.outcome({ kind: 'complete' });
      grant.outcome({ kind: 'lost' });
      grant.release();
      grant.release();
      await turn();
      await turn();
      expect(local.steps('settle')).toEqual([
        { step: 'settle', id: 'r1.1', head: true, outcome: { kind: 'complete' }, release: true },
      ]);
      expect(grant.maySend()).toBe(false);
    });

    it('does not let a grant be used that is too old', async () => {
      const grant = await budget(UNRATED).acquire(REQUEST);
      clock.ms += 2_499;
      expect(grant.maySend()).toBe(true);
      clock.ms += 1;
      expect(grant.maySend()).toBe(false);
    });

    it('gives a probe its time from when it was asked for, and shows that it is one', async () => {
      local.decide = (step) =>
        step.step === 'acquire'
          ? { results: [{ id: step.id, granted: true, sendWithinMs: 2_500, probeMs: 1_000 }] }
          : {};
      const account = budget(UNRATED);
      const grant = await account.acquire({ ...REQUEST, probeMs: 1_000 });
      clock.ms += 300;
      expect(grant.msLeft()).toBe(700);
      local.decide = keepWaiting;
      await until('a beat', () => local.steps('beat').length > 0);
      expect(local.steps('acquire')).toMatchObject([{ probeMs: 1_000 }]);
      expect(local.steps('beat')[0]?.held).toMatchObject([{ id: 'r1.1', isProbe: true }]);
    });

    it('opens the gate of all replicas with its own, and takes places from the shared store until that is closed', async () => {
      const account = budget(UNRATED);
      const held = await account.acquire(REQUEST);
      local.decide = keepWaiting;
      const waiting = account.acquire(REQUEST);
      local.decide = () => ({ state: OPEN });
      shared.decide = (step) => ({ ...(step.step === 'acquire' && granting(step.id)), state: OPEN });
      held.outcome({ kind: 'failed' });
      await waiting;
      expect(shared.asked.map(({ step }) => step)).toMatchObject([
        { step: 'open', reason: 'failing', forMs: 1_000 },
        { step: 'acquire', id: 'r1.2' },
      ]);
      expect(local.steps('cancel')).toEqual([{ step: 'cancel', id: 'r1.2' }]);
      expect(account.snapshot()).toMatchObject({ mode: 'shared', gate: 'open' });

      local.decide = keepWaiting;
      shared.decide = () => ({ state: CLOSED });
      (await waiting).outcome({ kind: 'complete' });
      await until('the account is local again', () => account.snapshot().mode === 'local');
      expect(local.forgotten).toEqual(['vendor:a']);
      // The places that calls still have at the vendor are counted here from now on.
      expect(
        local
          .steps('beat')
          .at(-1)
          ?.held.map(({ id }) => id),
      ).toEqual(['r1.1', 'r1.2']);
    });

    it('follows a gate that another replica has opened', async () => {
      const account = budget(UNRATED);
      await account.acquire(REQUEST);
      shared.decide = () => ({ state: OPEN });
      account.refresh();
      await until('the gate is seen', () => account.snapshot().mode === 'shared');
    });

    it('shows with no step at the shared store what is refused while the vendor fails, until a probe may go', async () => {
      const account = budget(UNRATED);
      await account.acquire(REQUEST);
      shared.decide = () => ({ state: OPEN });
      account.refresh();
      await until('the gate is seen', () => account.snapshot().mode === 'shared');
      const steps = shared.asked.length;
      expect(account.refusal(REQUEST)).toMatchObject({ reason: 'breaker-open', retryAfterMs: 1_000 });
      expect(counted.slice(1)).toEqual(['refused breaker-open']);
      clock.ms += 1_000;
      expect(account.refusal(REQUEST)).toBeUndefined();
      expect(shared.asked).toHaveLength(steps);
    });

    it.each([
      ['with', RATED],
      ['without', UNRATED],
    ])('refuses calls %s a rate with no step at the shared store until a probe may go', async (_, limits) => {
      const account = budget(limits);
      await account.acquire(REQUEST);
      shared.decide = (step) => ({ ...(step.step === 'acquire' && granting(step.id)), state: OPEN });
      account.refresh();
      await until('the gate is seen', () => account.snapshot().gate === 'open');
      const asked = shared.steps('acquire').length;
      clock.ms += 999;
      const refused = { reason: 'breaker-open', retryAfterMs: 1 };
      await expect(account.acquire(REQUEST)).rejects.toMatchObject(refused);
      expect(counted.at(-1)).toBe('refused breaker-open');
      expect(shared.steps('acquire')).toHaveLength(asked);
      clock.ms += 1;
      await account.acquire(REQUEST);
      expect(shared.steps('acquire')).toHaveLength(asked + 1);
    });

    it('shows what would be refused, and takes nothing for it', () => {
      const account = budget(UNRATED);
      local.decide = (step) =>
        step.step === 'check'
          ? { results: [{ id: step.id, granted: false, reason: 'no-time', retryAfterMs: 700 }] }
          : {};
      expect(account.refusal(REQUEST)).toMatchObject({ reason: 'no-time', retryAfterMs: 700 });
      expect(counted).toEqual(['refused no-time']);
      local.decide = () => ({});
      expect(account.refusal(REQUEST)).toBeUndefined();
      expect(local.asked.map(({ step }) => step.step)).toEqual(['check', 'check']);
    });

    it('keeps its own gate while the shared store is away', async () => {
      const account = budget(UNRATED);
      shared.isAway = true;
      local.decide = (step) => ({ ...(step.step === 'acquire' && granting(step.id)), state: OPEN });
      const grant = await account.acquire(REQUEST);
      grant.outcome({ kind: 'failed' });
      await until('it has come back', () => account.snapshot().mode === 'local' && shared.asked.length > 0);
      expect(account.snapshot().gate).toBe('open');
      await account.acquire(REQUEST);
      expect(shared.asked).toHaveLength(1);
    });
  });

  describe('with a rate', () => {
    it('waits at the shared store until another replica grants the place', async () => {
      shared.decide = keepWaiting;
      const account = budget(RATED);
      const { signal } = new AbortController();
      const call = account.acquire(REQUEST, signal);
      await turn();
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      clock.ms += 300;
      account.receive(granted('r1.1'));
      await call;
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      expect(counted).toEqual(['granted vendor:a interactive 300']);
      expect(local.asked).toEqual([]);
    });

    it('uses a pushed grant no longer than if it was made right after the last step', async () => {
      shared.decide = keepWaiting;
      const account = budget(RATED);
      const call = account.acquire(REQUEST);
      await turn();
      clock.ms += 2_000;
      account.receive(granted('r1.1'));
      const grant = await call;
      clock.ms += 499;
      expect(grant.maySend()).toBe(true);
      clock.ms += 1;
      expect(grant.maySend()).toBe(false);
    });

    it('returns a grant that comes too late, and counts it', async () => {
      shared.decide = keepWaiting;
      const account = budget(RATED);
      const refused = refusal(account.acquire({ ...REQUEST, waitMs: 100 }));
      await turn();
      clock.ms += 126;
      account.receive(granted('r1.1'));
      expect(await refused).toEqual({ reason: 'no-time', retryAfterMs: 0 });
      expect(shared.steps('cancel')).toEqual([{ step: 'cancel', id: 'r1.1' }]);
      expect(counted).toEqual(['missed']);
    });

    it('counts a call as revoked that was refused after it had waited', async () => {
      shared.decide = keepWaiting;
      const account = budget(RATED);
      const refused = refusal(account.acquire(REQUEST));
      await turn();
      account.receive([{ id: 'r1.1', granted: false, reason: 'throttled', retryAfterMs: 7_000 }]);
      expect(await refused).toEqual({ reason: 'throttled', retryAfterMs: 7_000 });
      expect(counted).toEqual(['refused throttled', 'revoked']);
    });

    it('counts a call as refused, not as revoked, that is refused at once', async () => {
      shared.decide = (step) =>
        step.step === 'acquire'
          ? { results: [{ id: step.id, granted: false, reason: 'no-time', retryAfterMs: 3_000 }] }
          : {};
      expect(await refusal(budget(RATED).acquire(REQUEST))).toEqual({
        reason: 'no-time',
        retryAfterMs: 3_000,
      });
      expect(counted).toEqual(['refused no-time']);
    });

    it('frees the place in the queue when the caller hangs up', async () => {
      shared.decide = keepWaiting;
      const caller = new AbortController();
      const refused = refusal(budget(RATED).acquire(REQUEST, caller.signal));
      await turn();
      caller.abort();
      expect(await refused).toEqual({ reason: 'cancelled', retryAfterMs: 0 });
      expect(shared.steps('cancel')).toEqual([{ step: 'cancel', id: 'r1.1' }]);
      expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    });

    it('returns the grant of a call that was given up before the store had replied', async () => {
      const later = Promise.withResolvers<void>();
      shared.delay = later.promise;
      const caller = new AbortController();
      const refused = refusal(budget(RATED).acquire(REQUEST, caller.signal));
      caller.abort();
      expect(await refused).toEqual({ reason: 'cancelled', retryAfterMs: 0 });
      expect(shared.steps('cancel')).toEqual([]);
      later.resolve();
      await until('the grant is returned', () => shared.steps('cancel').length > 0);
      expect(shared.steps('cancel')).toEqual([{ step: 'cancel', id: 'r1.1' }]);
    });

    it('does not return a call that was granted and is pushed again', async () => {
      const account = budget(RATED);
      const grant = await account.acquire(REQUEST);
      account.receive(granted('r1.1'));
      grant.release();
      await turn();
      account.receive(granted('r1.1'));
      await turn();
      expect(shared.steps('cancel')).toEqual([]);
    });

    it('refuses a call at once whose caller has hung up', async () => {
      const account = budget(RATED);
      expect(await refusal(account.acquire(REQUEST, AbortSignal.abort()))).toMatchObject({
        reason: 'cancelled',
      });
      expect(shared.asked).toEqual([]);
    });

    it('asks again when the store has lost a waiting call', async () => {
      shared.decide = (step) => (step.step === 'beat' ? { unknown: step.waiting } : {});
      const account = budget(RATED);
      const call = account.acquire(REQUEST);
      await turn();
      shared.decide = (step) => (step.step === 'beat' ? { unknown: step.waiting } : decideGrant(step));
      clock.ms += 1_000;
      account.refresh();
      await call;
      expect(shared.steps('acquire')).toMatchObject([
        { id: 'r1.1', waitMs: 59_975 },
        { id: 'r1.1', waitMs: 58_975 },
      ]);
    });

    it('lets the store decide again when it reported that something can change', async () => {
      shared.decide = (step) => (step.step === 'beat' ? grantWaiting(step) : { nextMs: 5 });
      await budget(RATED).acquire(REQUEST);
      expect(shared.steps('beat')).toEqual([{ step: 'beat', held: [], waiting: ['r1.1'] }]);
    });

    it('shows what it holds and what waits for as long as it does, and then seldom that it lives', async () => {
      const account = budget(RATED);
      const grant = await account.acquire(REQUEST);
      await until('a beat', () => shared.steps('beat').length > 0);
      expect(shared.steps('beat')[0]?.held).toEqual([
        { id: 'r1.1', caller: 'shop', callClass: 'interactive', operation: 'product_get' },
      ]);
      clock.ms += 10_000;
      const beatsOf = (replica: string) =>
        shared.asked.filter(
          ({ step, context }) => step.step === 'beat' && !step.isIdle && context.replica === replica,
        ).length;
      const idleBeats = () => shared.steps('beat').filter(({ isIdle }) => isIdle).length;
      const before = beatsOf('r1');
      await until('more beats', () => beatsOf('r1') > before);
      grant.release();
      const other = budget(RATED, { replica: 'r2' });
      await other.acquire(REQUEST);
      await until('the other one beats', () => beatsOf('r2') > 0);
      const [last, idle] = [beatsOf('r1'), idleBeats()];
      await until('it beats while it is idle', () => idleBeats() > idle + 1);
      expect(beatsOf('r1')).toBe(last);
      expect(beatsOf('r2')).toBeGreaterThan(3);
    });

    it('refuses what waits when the process ends, and leaves', async () => {
      shared.decide = keepWaiting;
      const account = budget(RATED);
      const refused = refusal(account.acquire(REQUEST));
      await turn();
      await account.close();
      expect(await refused).toMatchObject({ reason: 'cancelled' });
      expect(shared.steps('leave')).toHaveLength(1);
      expect(await refusal(account.acquire(REQUEST))).toMatchObject({ reason: 'cancelled' });
    });
  });

  it('counts elsewhere when a reload gives the account a rate, or takes it away', async () => {
    const account = budget(UNRATED);
    const held = await account.acquire(REQUEST);
    account.update(RATED);
    await account.acquire(REQUEST);
    expect(shared.steps('acquire')).toMatchObject([{ id: 'r1.2' }]);
    held.release();
    await turn();
    expect(shared.steps('settle')).toMatchObject([{ id: 'r1.1', release: true }]);
    account.update(UNRATED);
    await account.acquire(REQUEST);
    expect(local.steps('acquire')).toMatchObject([{ id: 'r1.1' }, { id: 'r1.3' }]);
  });
});

function decideGrant(step: BudgetStep) {
  return step.step === 'acquire' ? granting(step.id) : {};
}

function grantWaiting(step: Extract<BudgetStep, { step: 'beat' }>) {
  return { results: step.waiting.flatMap((id) => granting(id).results) };
}
