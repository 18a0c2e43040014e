import { decideAll } from '../../support/decide.all.js';
import {
  type CallResponse,
  type CallOptions,
  startGateway,
  type TestGateway,
} from '../../support/gateway.js';
import {
  COLLEAGUE_KEY,
  NEIGHBOUR_KEY,
  OPERATOR_KEY,
  withOperators,
} from '../../support/operations.callers.js';
import { HeldVendor } from '../../support/vendors/held.vendor.js';

const PATH = '/v1/users/938029/entitlements/1337';

let gateway: TestGateway;
let vendor: HeldVendor;

beforeAll(async () => {
  vendor = await HeldVendor.start();
  gateway = await startGateway({ settings: vendor.inFrontOf('spid', withOperators) });
});
afterEach(async () => {
  await gateway.spid.clearFaults();
  await decideAll(gateway);
  await gateway.call('DELETE', PATH);
});
afterAll(async () => {
  await gateway.close();
  await vendor.close();
});

const grant = (options: CallOptions = {}) => gateway.call('PUT', PATH, options);
const revoke = (options: CallOptions = {}) => gateway.call('DELETE', PATH, options);

const summaryOf = ({ status, body }: CallResponse) => ({
  status,
  slug: body.type?.split('/').at(-1),
  outcome: body.outcome,
  operation: body.operation,
});

/** Number of effects of one kind that `work` has at the vendor. */
async function effectsOf(operation: string, work: () => Promise<void>): Promise<number> {
  const before = (await gateway.spid.effects(operation)).length;
  await work();
  return (await gateway.spid.effects(operation)).length - before;
}

const lastOperation = async () => (await gateway.call('GET', '/v1/operations?limit=1')).body.items[0];

describe('a write whose requested state exists already', () => {
  it('returns the response of a grant, sends nothing, and records the basis already_so', async () => {
    await grant();
    const sent = await effectsOf('product_grant', async () => {
      const { status, body } = await grant();
      expect({ status, body }).toEqual({
        status: 200,
        body: { productId: '1337', granted: true, subscription: null },
      });
    });
    expect(sent).toBe(0);
    expect(await lastOperation()).toMatchObject({
      kind: 'entitlement_grant',
      state: 'succeeded',
      outcome: 'executed',
      resolution: { decision: 'executed', basis: 'already_so', by: 'gateway' },
      evidence: [{ by: 'gateway', seen: { granted: true, subscription: false } }],
      answer: { status: 200 },
    });
  });

  it('returns the response of a revocation, also for a product that does not exist', async () => {
    const sent = await effectsOf('product_revoke', async () => {
      for (const product of ['1337', '999999']) {
        const { status, body } = await gateway.call('DELETE', `/v1/users/938029/entitlements/${product}`);
        expect({ status, body }).toEqual({
          status: 200,
          body: { productId: product, granted: false, subscription: null },
        });
      }
    });
    expect(sent).toBe(0);
  });

  it('returns the response of a group update, without counts', async () => {
    const title = { title: 'As it is' };
    const created = await gateway.call('POST', '/v1/voucher-groups', {
      idempotencyKey: 'group',
      body: { ...title, type: 'payment' },
    });
    const sent = await effectsOf('voucher_group_update', async () => {
      const { status, body } = await gateway.call('PATCH', `/v1/voucher-groups/${created.body.id}`, {
        body: title,
      });
      expect([status, body.title, body.availableVouchers]).toEqual([200, 'As it is', null]);
    });
    expect(sent).toBe(0);
  });

  it('is replayed for its key, also if the state no longer exists', async () => {
    await grant();
    expect((await grant({ idempotencyKey: 'already' })).headers.get('idempotent-replayed')).toBeNull();
    await revoke();
    const repeat = await grant({ idempotencyKey: 'already' });
    expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
  });
});

describe('an automatic repeat without a key', () => {
  it('returns 504 with the first operation after a lost response, and 200 once that is decided', async () => {
    const sent = await effectsOf('product_grant', async () => {
      await gateway.spid.fault('product_grant', 'reset-after');
      const first = summaryOf(await grant());
      expect(first).toMatchObject({ status: 504, slug: 'outcome-unknown', outcome: 'unknown' });
      expect(summaryOf(await grant())).toEqual(first);
      await decideAll(gateway);
      expect((await grant()).status).toBe(200);
    });
    expect(sent).toBe(1);
  });

  it('returns 409 with the first operation while that is running', async () => {
    const sent = await effectsOf('product_grant', async () => {
      const before = vendor.writes.length;
      vendor.hold('writes');
      const first = grant();
      await vendor.arrived(before + 1, 'writes');
      const repeat = await grant();
      expect(summaryOf(repeat)).toMatchObject({
        status: 409,
        slug: 'operation-in-progress',
        outcome: 'unknown',
      });
      expect(Number(repeat.headers.get('retry-after'))).toBeGreaterThan(0);
      vendor.release();
      expect((await first).status).toBe(200);
      expect(repeat.body.operation).toBe(`/v1/operations/${(await lastOperation()).id}`);
    });
    expect(sent).toBe(1);
  });

  it('is not sent while the snapshot of the first one is read', async () => {
    const sent = await effectsOf('product_grant', async () => {
      const before = vendor.reads.length;
      vendor.hold('reads');
      const first = grant();
      await vendor.arrived(before + 1);
      const repeats = await Promise.all([grant(), grant()]);
      expect(repeats.map(({ status }) => status)).toEqual([409, 409]);
      vendor.release();
      expect((await first).status).toBe(200);
      expect(vendor.reads.length).toBe(before + 1);
    });
    expect(sent).toBe(1);
  });

  it('of a group update returns the same', async () => {
    const { body: group } = await gateway.call('POST', '/v1/voucher-groups', {
      idempotencyKey: 'repeated-change',
      body: { title: 'Before', type: 'payment' },
    });
    const change = (title: string) =>
      gateway.call('PATCH', `/v1/voucher-groups/${group.id}`, { body: { title } });
    const sent = await effectsOf('voucher_group_update', async () => {
      await gateway.spid.fault('voucher_group_update', 'garbled');
      const first = summaryOf(await change('After'));
      expect(summaryOf(await change('After'))).toEqual(first);
      expect(summaryOf(await change('Something else'))).toMatchObject({
        status: 409,
        outcome: 'not_executed',
      });
    });
    expect(sent).toBe(1);
  });
});

describe('another write with the same exclusive key', () => {
  it.each<[string, CallOptions, boolean]>([
    ['of another caller', { key: COLLEAGUE_KEY }, false],
    ['of another tenant of the vendor account', { key: NEIGHBOUR_KEY }, false],
  ])('%s is not sent, and does not reveal the other caller', async (_, options, seesOperation) => {
    const sent = await effectsOf('product_grant', async () => {
      await gateway.spid.fault('product_grant', 'reset-after');
      await grant();
      const other = await grant(options);
      expect(summaryOf(other)).toMatchObject({
        status: 409,
        slug: 'operation-in-progress',
        outcome: 'not_executed',
      });
      expect(other.body.operation !== undefined).toBe(seesOperation);
      expect(Number(other.headers.get('retry-after'))).toBeGreaterThan(0);
    });
    expect(sent).toBe(1);
  });

  it('of the opposite kind is not sent, and names the operation that blocks it', async () => {
    await gateway.spid.fault('product_grant', 'reset-after');
    const { operation } = summaryOf(await grant());
    const sent = await effectsOf('product_revoke', async () => {
      expect(summaryOf(await revoke())).toEqual({
        status: 409,
        slug: 'operation-in-progress',
        outcome: 'not_executed',
        operation,
      });
    });
    expect(sent).toBe(0);
  });

  it('with an idempotency key runs under the same key once the first one is decided', async () => {
    await gateway.spid.fault('product_grant', 'reset-before');
    await grant();
    const waiting = await revoke({ idempotencyKey: 'waits' });
    expect(waiting.status).toBe(409);
    await decideAll(gateway, 'not_executed');
    const again = await revoke({ idempotencyKey: 'waits' });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, null]);
  });

  it('on another product is sent', async () => {
    await gateway.spid.fault('product_grant', 'reset-before');
    await grant();
    const { status } = await gateway.call('PUT', '/v1/users/938029/entitlements/10111');
    expect(status).toBe(200);
  });
});

describe('a snapshot that cannot be read', () => {
  it.each([
    ['status-500', 503, 'upstream-unavailable'],
    ['garbled', 502, 'upstream-garbled'],
    ['status-420', 503, 'upstream-throttled'],
  ])('returns the problem of the read: %s', async (fault, status, slug) => {
    const sent = await effectsOf('product_grant', async () => {
      await gateway.spid.fault('product_get', fault, 5);
      const refused = await grant({ idempotencyKey: `snapshot-${fault}` });
      expect(summaryOf(refused)).toMatchObject({ status, slug, outcome: 'not_executed' });
      const { body } = await gateway.call('GET', refused.body.operation, { key: OPERATOR_KEY });
      expect([body.state, body.snapshot]).toEqual(['released', null]);
      await gateway.spid.clearFaults();
      expect((await grant({ idempotencyKey: `snapshot-${fault}` })).status).toBe(200);
    });
    expect(sent).toBe(1);
  });

  it('does not delay a generation, for which it is only informing', async () => {
    await gateway.spid.fault('voucher_group_get', 'status-500', 5);
    const { status } = await gateway.call('POST', '/v1/voucher-groups/324673248/vouchers', {
      idempotencyKey: 'uninformed',
      body: { amount: 1 },
    });
    expect(status).toBe(201);
    expect((await lastOperation()).snapshot).toEqual({
      at: expect.any(String),
      asked: expect.any(String),
      seen: null,
    });
  });
});
