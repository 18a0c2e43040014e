import { performance } from 'node:perf_hooks';
import { until } from '../../support/until.js';
import { ScriptedSpid } from '../spid.setup.js';
import { BudgetWorld, times, working } from '../support/budget.world.js';

describe('a vendor that hangs', () => {
  let vendor: ScriptedSpid;
  let world: BudgetWorld;

  beforeEach(async () => {
    vendor = new ScriptedSpid();
    world = new BudgetWorld();
    await world.start({ vendor, spid: { timeouts: { attemptMs: 300, totalMs: 1_000 } } });
    working(vendor);
    await world.check();
  });

  afterEach(async () => {
    await world.close();
    await vendor.upstream.close();
  });

  async function hangUntilOpen(): Promise<void> {
    vendor.script(() => undefined);
    await until('the breaker is open', async () => {
      const responses = await Promise.all(times(10, () => world.check()));
      return responses.some(({ body }) => /failed repeatedly/.test(String(body.detail)));
    });
  }

  it('is soon no longer waited for: every tenant of the account is refused at once', async () => {
    await hangUntilOpen();
    const before = vendor.apiCalls.length;
    const startedAt = performance.now();
    const refused = await Promise.all(times(50, (index) => world.check(index % 2 ? 'demo' : 'other')));
    // One probe a second at most is under way, and waits for the vendor.
    const probesMax = (performance.now() - startedAt) / 1_000 + 2;
    expect(vendor.apiCalls.length - before).toBeLessThanOrEqual(probesMax);
    const atOnce = refused.filter(({ headers }) => headers.has('retry-after'));
    // A busy machine lets the time of some calls end before they are refused.
    expect(atOnce.length).toBeGreaterThan(25);
    for (const { status, body } of atOnce) {
      expect(status).toBe(503);
      expect(body).toMatchObject({ type: '/docs/problems/upstream-unavailable', retryAfterSeconds: 1 });
    }
  });

  it('serves again once it has recovered', async () => {
    await hangUntilOpen();
    working(vendor);
    await until('a call succeeds', async () => (await world.check('other')).status === 200);
    const responses = await Promise.all(times(20, () => world.check()));
    expect(responses.every(({ status }) => status === 200)).toBe(true);
  });

  it('executes no write while it is not called', async () => {
    await hangUntilOpen();
    const keys = times(10, (index) => `handout-${index}`);
    const responses = await Promise.all(keys.map((key) => world.handOut(key)));
    const refused = responses.filter(({ headers }) => headers.has('retry-after'));
    expect(refused.length).toBeGreaterThanOrEqual(5);
    for (const { body } of refused) expect(body).toMatchObject({ outcome: 'not_executed' });
  });

  it('is retried for one call in ten at most', async () => {
    const before = vendor.apiCalls.length;
    vendor.script((_, response) => void response.socket?.destroy());
    await Promise.all(times(40, () => world.check()));
    // The retries of one burst, and its calls until the breaker opened.
    expect(vendor.apiCalls.length - before).toBeLessThanOrEqual(40 + 10);
  });
});
