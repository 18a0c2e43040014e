import { until } from '../support/until.js';
import { startGateway, type CallResponse, type TestGateway } from '../support/gateway.js';
import { QUICK_EVIDENCE } from '../support/quick.evidence.js';
import { HeldVendor } from '../support/vendors/held.vendor.js';

const USER = '938029';

describe('the reconciliation of an unknown operation', () => {
  let gateway: TestGateway;
  let vendor: HeldVendor;
  let number = 0;

  beforeAll(async () => {
    vendor = await HeldVendor.start();
    gateway = await startGateway({ probeTimes: QUICK_EVIDENCE, settings: vendor.inFrontOf('spid') });
  });

  afterEach(async () => {
    await gateway.spid.clearFaults();
    await gateway.import2.clearFaults();
  });
  afterAll(async () => {
    await gateway.close();
    await vendor.close();
  });

  const newKey = () => `evidence-${(number += 1)}`;

  /** Loses the response of a write; returns the path of its operation. */
  async function lose(write: () => Promise<CallResponse>): Promise<string> {
    const { status, body } = await write();
    expect([status, body.outcome]).toEqual([504, 'unknown']);
    return body.operation;
  }

  /** The operation with its probes only, without the evidence of how its call ended. */
  async function operation(path: string) {
    const { body } = await gateway.call('GET', path);
    return { ...body, evidence: body.evidence.filter(({ by }: { by: string }) => by === 'evidence') };
  }

  async function decided(path: string) {
    await until('the operation is decided', async () => (await operation(path)).state !== 'unknown');
    return operation(path);
  }

  async function leftToPerson(path: string) {
    await until('it waits for a person', async () => (await operation(path)).awaits === 'person');
    return operation(path);
  }

  /** For an operation that waits for a person from the start: probed once on request. */
  async function noted(path: string) {
    await until('it was probed', async () => (await operation(path)).evidence.length > 0);
    const probed = await operation(path);
    expect([probed.state, probed.awaits]).toEqual(['unknown', 'person']);
    return probed;
  }

  const startOutside = (destinationUsername: string) =>
    fetch(`${gateway.import2.url}/api/v2.1/imports`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('aafbdfde226327dafc73:X').toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ source_tool: 'wordpress', destination_username: destinationUsername }),
    });

  const entitlement = (method: 'PUT' | 'DELETE', productId: string, idempotencyKey?: string, user = USER) =>
    gateway.call(
      method,
      `/v1/users/${user}/entitlements/${productId}`,
      idempotencyKey === undefined ? {} : { idempotencyKey },
    );

  it('decides a grant executed if the user has it, and replays a success for the key', async () => {
    const key = newKey();
    await gateway.spid.fault('product_grant', 'reset-after');
    const path = await lose(() => entitlement('PUT', '1337', key));
    expect(await decided(path)).toMatchObject({
      state: 'succeeded',
      outcome: 'executed',
      resolution: { decision: 'executed', basis: 'evidence', by: 'evidence' },
      evidence: [
        {
          by: 'evidence',
          asked: 'GET entitlement 938029/1337',
          seen: { shows: 'executed', seen: { granted: true, subscription: false } },
        },
      ],
      snapshot: { asked: 'GET entitlement 938029/1337', seen: { granted: false, subscription: false } },
      awaits: null,
      recommendation: null,
    });
    const repeat = await entitlement('PUT', '1337', key);
    expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(repeat.body).toEqual({ productId: '1337', granted: true, subscription: null });
    expect(await gateway.spid.effects('product_grant')).toHaveLength(1);
  });

  it.each(['reset-before', 'status-500'])(
    'recommends that a grant was not executed that the user has not (%s), decides nothing, and keeps the key',
    async (fault) => {
      const key = newKey();
      const product = fault === 'reset-before' ? '10111' : '10117';
      const before = (await gateway.spid.effects('product_grant')).length;
      await gateway.spid.fault('product_grant', fault);
      const path = await lose(() => entitlement('PUT', product, key));
      const { state, evidence, recommendation, resolution } = await leftToPerson(path);
      expect([state, recommendation, resolution]).toEqual(['unknown', 'not_executed', null]);
      const shows = evidence.map((each: { seen: { shows: string } }) => each.seen.shows);
      expect(shows.slice(0, 2)).toEqual(['absent', 'absent']);
      const repeat = await entitlement('PUT', product, key);
      expect([repeat.status, repeat.body.operation]).toEqual([504, path]);
      expect(await gateway.spid.effects('product_grant')).toHaveLength(before);
    },
  );

  it('decides a revocation executed if the product is gone, and nothing while it exists', async () => {
    await gateway.spid.fault('product_revoke', 'reset-before');
    const kept = await lose(() => entitlement('DELETE', '1337', newKey(), '42'));
    expect(await leftToPerson(kept)).toMatchObject({ state: 'unknown', recommendation: 'not_executed' });
    await gateway.spid.fault('product_revoke', 'reset-after');
    const gone = await lose(() => entitlement('DELETE', '10111', newKey(), '100003'));
    expect(await decided(gone)).toMatchObject({ state: 'succeeded', resolution: { decision: 'executed' } });
  });

  it('waits for a person if the upstream cannot be read, and records that', async () => {
    const before = vendor.writes.length;
    vendor.hold('writes');
    await gateway.spid.fault('product_grant', 'reset-after');
    const lost = lose(() => entitlement('PUT', '301694', newKey(), '42'));
    await vendor.arrived(before + 1, 'writes');
    // The snapshot has been read; the probes come after the loss.
    await gateway.spid.fault('product_get', 'status-500', 100);
    vendor.release();
    const path = await lost;
    const { state, evidence, recommendation } = await leftToPerson(path);
    expect([state, recommendation]).toEqual(['unknown', null]);
    expect(evidence).toHaveLength(QUICK_EVIDENCE.probesMax);
    expect(evidence[0].seen).toMatchObject({ shows: 'undecided', because: 'the upstream could not be read' });
  });

  const start = (idempotencyKey: string, body: object) =>
    gateway.call('POST', '/v1/migrations', { idempotencyKey, body: { sourceTool: 'wordpress', ...body } });

  it('finds a migration by its username, returns its id, and replays answer-lost for the key', async () => {
    const body = { destinationUsername: 'Found@acme.example' };
    expect((await start(newKey(), body)).status).toBe(201);
    const key = newKey();
    await gateway.import2.fault('imports_create', 'reset-after');
    const path = await lose(() => start(key, body));
    const { state, migrationId } = await decided(path);
    expect(state).toBe('succeeded');
    expect((await gateway.call('GET', `/v1/migrations/${migrationId}`)).status).toBe(200);
    const repeat = await start(key, body);
    expect([repeat.status, repeat.body.outcome]).toEqual([410, 'executed']);
    // The next one is distinguished from both.
    await gateway.import2.fault('imports_create', 'reset-after');
    const next = await decided(await lose(() => start(newKey(), body)));
    expect(next.state).toBe('succeeded');
    expect(next.migrationId).not.toBe(migrationId);
  });

  it('recommends not_executed for a missing migration, and states why that proves nothing', async () => {
    const key = newKey();
    const body = { destinationUsername: 'absent@acme.example' };
    await gateway.import2.fault('imports_create', 'reset-before');
    const { state, recommendation, evidence } = await leftToPerson(await lose(() => start(key, body)));
    expect([state, recommendation]).toEqual(['unknown', 'not_executed']);
    expect(evidence[0].seen.because).toMatch(/cancelled and archived migrations are not listed/);
    expect((await start(key, body)).status).toBe(504);
  });

  it('never assigns a migration that was listed before', async () => {
    const destinationUsername = 'older@acme.example';
    // Started outside the gateway, so that it belongs to no operation; the vendor accepts ten requests a second.
    await until('the vendor takes it', async () => (await startOutside(destinationUsername)).status === 201);
    await gateway.import2.fault('imports_create', 'reset-before');
    const path = await lose(() => start(newKey(), { destinationUsername }));
    const { state, snapshot, migrationId } = await leftToPerson(path);
    expect([state, migrationId]).toEqual(['unknown', null]);
    expect(snapshot.seen.migrations).toEqual([{ id: expect.any(String), status: 'collecting_credentials' }]);
  });

  it('probes a migration without a username once, and leaves it to a person', async () => {
    await gateway.import2.fault('imports_create', 'reset-after');
    const { state, snapshot, evidence } = await noted(await lose(() => start(newKey(), {})));
    expect([state, snapshot, evidence.length]).toEqual(['unknown', null, 1]);
    expect(evidence[0].seen.because).toMatch(/without a destination username/);
  });

  it('records the status of a migration with an unknown payment, and leaves it to a person', async () => {
    const { id } = (await start(newKey(), { destinationUsername: 'pays@acme.example' })).body;
    await gateway.import2.fault('payment_accept', 'reset-after');
    const accept = () =>
      gateway.call('POST', `/v1/migrations/${id}/payment/accept`, { idempotencyKey: newKey() });
    const { state, evidence, recommendation } = await noted(await lose(accept));
    expect([state, recommendation, evidence.length]).toEqual(['unknown', null, 1]);
    expect(evidence[0]).toMatchObject({
      asked: `GET migration ${id}`,
      seen: { shows: 'noted', seen: { status: 'collecting_credentials' } },
    });
  });

  it('decides a group update executed if the group shows it, and replays the group', async () => {
    const key = newKey();
    const change = () =>
      gateway.call('PATCH', '/v1/voucher-groups/324673248', {
        idempotencyKey: key,
        body: { title: 'Read back' },
      });
    await gateway.spid.fault('voucher_group_update', 'reset-after');
    expect((await decided(await lose(change))).state).toBe('succeeded');
    const repeat = await change();
    expect([repeat.status, repeat.body.title, repeat.body.availableVouchers]).toEqual([
      200,
      'Read back',
      null,
    ]);
  });

  it('records the counts of the group for draws and generations, beside those before, and decides nothing', async () => {
    const write = (of: string, amount: number) =>
      gateway.call('POST', `/v1/voucher-groups/324673248/${of}`, {
        idempotencyKey: newKey(),
        body: { amount },
      });
    await gateway.spid.fault('vouchers_generate', 'reset-after');
    const generated = await noted(await lose(() => write('vouchers', 5)));
    const { generatedVouchers: before } = generated.snapshot.seen;
    expect(generated).toMatchObject({ state: 'unknown', recommendation: null, snapshot: { seen: {} } });
    expect(generated.evidence).toHaveLength(1);
    expect(generated.evidence[0].seen).toMatchObject({
      shows: 'noted',
      seen: { generatedVouchers: before + 5 },
    });
    await gateway.spid.fault('vouchers_handout', 'reset-after');
    const drawn = await noted(await lose(() => write('codes', 2)));
    const { availableVouchers } = drawn.snapshot.seen;
    expect(drawn.evidence[0].seen.seen).toMatchObject({ availableVouchers: availableVouchers - 2 });
  });

  it('records the counts after a handout, which has no snapshot and waits for a person from the start', async () => {
    await gateway.spid.fault('voucher_handout', 'reset-after');
    const body = { userId: USER, voucherGroupId: '324673248' };
    const path = await lose(() =>
      gateway.call('POST', '/v1/voucher-handouts', { idempotencyKey: newKey(), body }),
    );
    expect(await noted(path)).toMatchObject({
      recommendation: null,
      snapshot: null,
      evidence: [{ seen: { shows: 'noted', seen: { availableVouchers: expect.any(Number) } } }],
      resolution: null,
    });
  });
});
