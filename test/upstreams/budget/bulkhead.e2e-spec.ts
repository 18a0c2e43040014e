import type { ServerResponse } from 'node:http';
import { until } from '../../support/until.js';
import { containerOf, give, ScriptedSpid } from '../spid.setup.js';
import { BudgetWorld, CHECK, SUBSCRIPTIONS, times } from '../support/budget.world.js';

const PLACES = 8;
/** Of the places, one operation has half. */
const HALF = PLACES / 2;

const NO_ACCESS = { productId: '1337', result: false };
const ACCESS = { productId: '1337', result: true };

describe('slow calls of one operation', () => {
  let vendor: ScriptedSpid;
  let world: BudgetWorld;
  let held: ServerResponse[];

  beforeEach(async () => {
    vendor = new ScriptedSpid();
    world = new BudgetWorld();
    held = [];
    await world.start({ vendor, spid: { budget: { concurrency: PLACES } } });
  });

  afterEach(async () => {
    await world.close();
    await vendor.upstream.close();
  });

  /** Holds the responses to one operation back, and responds to all others at once. */
  function holdBack(slowPath: RegExp): void {
    vendor.script(({ url, method }, response) => {
      if (slowPath.test(url)) held.push(response);
      else if (url.includes('/product/'))
        give(response, 200, containerOf(method === 'GET' ? NO_ACCESS : ACCESS));
      else give(response, 200, containerOf({}));
    });
  }

  it.each([
    ['reads', /\/subscriptions/, () => world.call('GET', SUBSCRIPTIONS), {}],
    ['writes', /\/voucher_handout/, (index: number) => world.handOut(`handout-${index}`), { success: true }],
  ])(
    '%s: take half of the places of the account, and other reads and writes pass',
    async (_, path, send, end) => {
      holdBack(path);
      const slow = times(3 * PLACES, send);
      await until('half of the places are taken', () => held.length === HALF);
      for (let round = 0; round < 5; round += 1) {
        expect((await world.check()).status).toBe(200);
        expect((await world.call('PUT', CHECK)).body).toMatchObject({ granted: true });
      }
      expect(held).toHaveLength(HALF);
      vendor.script((_request, response) => give(response, 200, containerOf(end)));
      for (const response of held) give(response, 200, containerOf(end));
      const statuses = (await Promise.all(slow)).map(({ status }) => status);
      for (const status of statuses) expect([200, 201, 503]).toContain(status);
    },
  );
});
