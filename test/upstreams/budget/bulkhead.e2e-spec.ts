import { READ_ONLY_KEY } from '../../support/gateway.js';
import { until } from '../../support/until.js';
import type { SeenRequest } from '../scripted.upstream.js';
import { containerOf, give, ScriptedSpid } from '../spid.setup.js';
import { BudgetWorld, CHECK, SUBSCRIPTIONS, times } from '../support/budget.world.js';

const PLACES = 8;
/** Of the places, one operation has half and one caller three quarters. */
const OF_OPERATION = 4;
const OF_CALLER = 6;

const CALLS = 2 * PLACES;

const READS = /\/subscriptions/;
const WRITES = /\/voucher_handout/;

describe('slow calls', () => {
  let vendor: ScriptedSpid;
  let world: BudgetWorld;
  /** Responses that the vendor holds back. */
  let held: (() => void)[];
  let slowCalls: Promise<number>[];

  const read = () => world.call('GET', SUBSCRIPTIONS);
  const write = (index: number) => world.handOut(`handout-${index}`);

  beforeEach(async () => {
    vendor = new ScriptedSpid();
    world = new BudgetWorld();
    held = [];
    slowCalls = [];
    // No call has ended by itself before the test ends.
    const timeouts = { attemptMs: 200_000, totalMs: 250_000 };
    await world.start({ vendor, spid: { timeouts, budget: { concurrency: PLACES } } });
  });

  afterEach(async () => {
    // First, for what a test that failed has left at the vendor: the gateway waits for it.
    await release();
    await world.close();
    await vendor.upstream.close();
  });

  /** Sends calls, and resolves when the vendor gets no more of those that match, as it holds their responses back. */
  async function holdBack(slow: RegExp, send: () => ReturnType<typeof read>[]): Promise<void> {
    vendor.script((request, response) => {
      const end = () => give(response, 200, containerOf(dataFor(request)));
      if (slow.test(request.url)) held.push(end);
      else end();
    });
    let ended = 0;
    slowCalls = send().map(async (call) => {
      const { status } = await call;
      ended += 1;
      return status;
    });
    await until('every slow call is at the vendor, waits for a place or was refused', async () => {
      const known = held.length + ended;
      return known + (await waiting()) === slowCalls.length;
    });
  }

  /** Calls of SPiD that wait for a place. Without a tenant: an account is shown to callers that see all its tenants. */
  async function waiting(): Promise<number> {
    const { body } = await world.gateway.call('GET', '/health/upstreams');
    const { budgets } = body as { budgets: { upstream: string; interactive: { waiting: number } }[] };
    return budgets.find(({ upstream }) => upstream === 'spid')?.interactive.waiting ?? 0;
  }

  async function release(): Promise<number[]> {
    vendor.script((request, response) => give(response, 200, containerOf(dataFor(request))));
    for (const end of held.splice(0)) end();
    return await Promise.all(slowCalls);
  }

  it.each([
    ['reads', READS, read],
    ['writes', WRITES, write],
  ])(
    'of one operation take half of the places of the account, and other reads and writes pass: %s',
    async (_, path, send) => {
      await holdBack(path, () => times(CALLS, send));
      expect(held).toHaveLength(OF_OPERATION);
      for (let round = 0; round < 5; round += 1) {
        expect((await world.check()).status).toBe(200);
        expect((await world.call('PUT', CHECK)).body).toMatchObject({ granted: true });
      }
      expect(held).toHaveLength(OF_OPERATION);
      for (const status of await release()) expect([200, 201, 503]).toContain(status);
    },
  );

  it('of one caller take three quarters of the places of the account, and reads of another caller pass', async () => {
    const either = new RegExp(`${READS.source}|${WRITES.source}`);
    await holdBack(either, () => [...times(CALLS, read), ...times(CALLS, write)]);
    expect(held).toHaveLength(OF_CALLER);
    for (let round = 0; round < 5; round += 1) {
      expect((await world.call('GET', CHECK, { key: READ_ONLY_KEY })).status).toBe(200);
    }
    expect(held).toHaveLength(OF_CALLER);
    for (const status of await release()) expect([200, 201, 503]).toContain(status);
  });
});

function dataFor({ url, method }: SeenRequest): unknown {
  if (WRITES.test(url)) return { success: true };
  return url.includes('/product/') ? { productId: '1337', result: method !== 'GET' } : {};
}
