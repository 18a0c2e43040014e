import { performance } from 'node:perf_hooks';
import { containerOf, errorContainer, give, ScriptedSpid } from '../spid.setup.js';
import { ACCESS, BudgetWorld, statuses, times, working } from '../support/budget.world.js';

const throttled = (reset: number) => ({
  ...errorContainer(420, 'Request Ratelimit exceeded'),
  request: { reset, limit: 3_600, remaining: 0 },
});

describe('a vendor that throttles', () => {
  let vendor: ScriptedSpid;
  let world: BudgetWorld;

  beforeEach(async () => {
    vendor = new ScriptedSpid();
    world = new BudgetWorld();
    await world.start({ vendor });
    working(vendor);
    await world.check();
  });

  afterEach(async () => {
    await world.close();
    await vendor.upstream.close();
  });

  const callsOf = () => vendor.apiCalls.length;

  it('gets no call of any tenant of the account until its reset, and callers get the real wait', async () => {
    vendor.respond(420, throttled(300));
    const before = callsOf();
    const first = await world.check();
    expect(first.status).toBe(503);
    expect(first.body).toMatchObject({ type: '/docs/problems/upstream-throttled', retryAfterSeconds: 300 });
    const refused = await Promise.all(times(50, (index) => world.check(index % 2 ? 'demo' : 'other')));
    expect(callsOf() - before).toBe(1);
    for (const { status, headers, body } of refused) {
      expect(status).toBe(503);
      expect(body).toMatchObject({ type: '/docs/problems/upstream-throttled' });
      expect(body.retryAfterSeconds).toBeGreaterThan(250);
      // Each refusal of a caller gets a later moment than the one before.
      expect(body.retryAfterSeconds).toBeLessThanOrEqual(310);
      expect(headers.get('retry-after')).toBe(String(body.retryAfterSeconds));
    }
  });

  it('is called again by those that waited, once its reset is over', async () => {
    vendor.respond(420, throttled(1));
    expect((await world.check()).body).toMatchObject({ retryAfterSeconds: 1 });
    const throttledAt = performance.now();
    const before = callsOf();
    let calledAfterMs = Infinity;
    vendor.script((_, response) => {
      calledAfterMs = Math.min(calledAfterMs, performance.now() - throttledAt);
      give(response, 200, containerOf(ACCESS));
    });
    const responses = await Promise.all(times(20, (index) => world.check(index % 2 ? 'demo' : 'other')));
    expect(statuses(responses)).toEqual({ 200: 20 });
    expect(callsOf() - before).toBe(20);
    expect(calledAfterMs).toBeGreaterThan(900);
  });

  it('has used up its own counters: calls stop before the 420', async () => {
    vendor.respond(200, containerOf(ACCESS, { request: { reset: 300, limit: 10, remaining: 0 } }));
    const before = callsOf();
    expect((await world.check()).status).toBe(200);
    const refused = await world.check('other');
    expect(refused.body).toMatchObject({ type: '/docs/problems/upstream-throttled' });
    expect(refused.body.retryAfterSeconds).toBeGreaterThan(290);
    expect(callsOf() - before).toBe(1);
  });

  it.each([
    { reset: -6_631, limit: 0, remaining: -13 },
    { reset: 300, limit: 0, remaining: 0 },
    { reset: 300, limit: 3_600, remaining: -3 },
    { reset: 300, limit: 3_600, remaining: 1 },
  ])('SPiD A6: does not stop calls with the counters %j', async (request) => {
    vendor.respond(200, containerOf(ACCESS, { request }));
    for (const tenant of ['demo', 'other', 'demo']) expect((await world.check(tenant)).status).toBe(200);
  });

  it.each([420, 429])(
    'SPiD A6: a %i whose counters are of no limit stops calls for a minute, not until their reset',
    async (status) => {
      vendor.respond(status, { ...throttled(3_201), request: { reset: 3_201, limit: 0, remaining: -98 } });
      expect((await world.check()).body).toMatchObject({
        type: '/docs/problems/upstream-throttled',
        retryAfterSeconds: 60,
      });
    },
  );

  it('is one warning in the log, and each refused request only its line', async () => {
    vendor.respond(420, throttled(300));
    world.lines.length = 0;
    await world.check();
    await Promise.all(times(30, () => world.check()));
    expect(world.logged({ level: 'error' })).toEqual([]);
    const warnings = world.logged({ level: 'warn' });
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings)).toMatch(/spid:[0-9a-f]{32}/);
    expect(world.logged({ msg: 'request', status: 503 })).toHaveLength(31);
    expect(world.lines).toHaveLength(32);
  });

  it('executes no write, whose key may be used again', async () => {
    vendor.respond(420, throttled(300));
    await world.check();
    const before = callsOf();
    const refused = await world.handOut('handout-1');
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({
      type: '/docs/problems/upstream-throttled',
      outcome: 'not_executed',
    });
    expect(callsOf()).toBe(before);
    vendor.respond(200, containerOf({ success: true }));
    // As once the reset is over.
    await world.gateway.spid.clearFaults();
    const again = await world.handOut('handout-1');
    expect(again.status).toBe(201);
  });
});
