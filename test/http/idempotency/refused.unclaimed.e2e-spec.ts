import type { ServerResponse } from 'node:http';
import { until } from '../../support/until.js';
import { containerOf, errorContainer, give, ScriptedSpid } from '../../upstreams/spid.setup.js';
import type { CallResponse } from '../../support/gateway.js';
import { BudgetWorld, CHECK, HANDOUT_BODY, working } from '../../upstreams/support/budget.world.js';

const THROTTLED = {
  ...errorContainer(420, 'Request Ratelimit exceeded'),
  request: { reset: 300, limit: 3_600, remaining: 0 },
};

/** Their snapshots only inform, or there is none: name, path, body, and another body. */
const WRITES: [string, string, object, object][] = [
  ['a generation of vouchers', '/v1/voucher-groups/7/vouchers', { amount: 5 }, { amount: 6 }],
  ['a draw of codes', '/v1/voucher-groups/7/codes', { amount: 5 }, { amount: 6 }],
  ['a new voucher group', '/v1/voucher-groups', { title: 'Spring', type: 'campaign' }, { title: 'Autumn' }],
  ['an import of tokens', '/v1/token-imports', { tokenName: 'newsletter', tokens: ['one'] }, { tokens: [1] }],
];

describe('a write that the budget of the vendor refuses', () => {
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

  /** Nothing is sent for 300 s. */
  async function throttle(): Promise<void> {
    vendor.respond(420, THROTTLED);
    expect((await world.check()).status).toBe(503);
  }

  const operations = async () => (await world.call('GET', '/v1/operations')).body.items as object[];

  it.each([
    ['a write', () => world.handOut('new')],
    [
      'a write that begins with a read',
      () => world.call('PUT', CHECK, { idempotencyKey: 'new', headers: { 'content-length': '0' } }),
    ],
    ...WRITES.map(([name, path, body]): [string, () => Promise<CallResponse>] => [
      name,
      () => world.call('POST', path, { body, idempotencyKey: 'new' }),
    ]),
  ])('is not recorded: %s', async (_, send) => {
    await throttle();
    const refused = await send();
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({
      type: '/docs/problems/upstream-throttled',
      outcome: 'not_executed',
    });
    expect(refused.body).not.toHaveProperty('operation');
    expect(refused.body.retryAfterSeconds).toBeGreaterThan(250);
    expect(refused.headers.get('retry-after')).toBe(String(refused.body.retryAfterSeconds));
    expect(await operations()).toEqual([]);
  });

  it('gets the stored response if it repeats a key', async () => {
    vendor.respond(200, containerOf({ success: true }));
    const first = await world.handOut('used');
    expect(first.status).toBe(201);
    await throttle();
    const repeat = await world.handOut('used');
    expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(repeat.body).toEqual(first.body);
  });

  it.each(WRITES)('gets what the ledger has for its key: %s', async (_, path, body, other) => {
    const send = (amended: object = {}) =>
      world.call('POST', path, { body: { ...body, ...amended }, idempotencyKey: 'used' });
    const held: ServerResponse[] = [];
    vendor.script(({ method }, response) => {
      if (method === 'POST') held.push(response);
      else give(response, 500, containerOf({}));
    });
    const first = send();
    await until('the write is at the vendor', () => held.length === 1);
    await throttle();
    expect((await send()).body).toMatchObject({ code: 'operation-in-progress' });
    expect((await send(other)).body).toMatchObject({ code: 'idempotency-key-reused' });
    held[0]!.destroy();
    expect((await first).body).toMatchObject({ code: 'outcome-unknown' });
    expect((await send()).body).toMatchObject({ code: 'outcome-unknown', outcome: 'unknown' });
    expect(await operations()).toMatchObject([{ state: 'unknown', attempts: 1 }]);
  });

  it('gets 409 while the first attempt runs, and 422 with the key of another request', async () => {
    const held: ServerResponse[] = [];
    vendor.script((_, response) => void held.push(response));
    const first = world.handOut('running');
    await until('the write is at the vendor', () => held.length === 1);
    await throttle();
    const repeat = await world.handOut('running');
    expect(repeat.body).toMatchObject({ code: 'operation-in-progress', outcome: 'unknown' });
    const other = { ...HANDOUT_BODY, userId: '43' };
    const reused = await world.call('POST', '/v1/voucher-handouts', {
      body: other,
      idempotencyKey: 'running',
    });
    expect(reused.body).toMatchObject({ code: 'idempotency-key-reused' });
    give(held[0]!, 200, containerOf({ success: true }));
    expect((await first).status).toBe(201);
  });

  it('gets 409 while the same change without a key runs', async () => {
    const held: ServerResponse[] = [];
    vendor.script((_, response) => void held.push(response));
    const first = world.call('PUT', CHECK);
    await until('its snapshot is being read', () => held.length === 1);
    await throttle();
    expect((await world.call('PUT', CHECK)).body).toMatchObject({ code: 'operation-in-progress' });
    working(vendor);
    give(held[0]!, 200, containerOf({ productId: '1337', result: true }));
    expect((await first).status).toBe(200);
  });

  it('has its key still free: a released one is used again, and refused unrecorded until then', async () => {
    // Refused by the vendor for now: released.
    vendor.respond(420, THROTTLED);
    const released = await world.handOut('again');
    expect(released.body).toMatchObject({ outcome: 'not_executed' });
    expect(released.body).toHaveProperty('operation');
    const refused = await world.handOut('again');
    expect(refused.body).not.toHaveProperty('operation');
    expect(await operations()).toMatchObject([{ state: 'released', attempts: 1 }]);
  });
});
