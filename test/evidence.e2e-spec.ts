import { until } from './ledger/support/until.js';
import { startGateway, type CallAnswer, type TestGateway } from './support/gateway.js';
import { QUICK_EVIDENCE } from './support/quick.evidence.js';

const USER = '938029';

describe('the evidence for an unknown operation', () => {
  let gateway: TestGateway;
  let number = 0;

  beforeAll(async () => {
    gateway = await startGateway({ evidencePace: QUICK_EVIDENCE });
  });

  afterEach(async () => {
    await gateway.spid.clearFaults();
    await gateway.import2.clearFaults();
  });
  afterAll(() => gateway.close());

  const newKey = () => `evidence-${(number += 1)}`;

  /** The looks share Import2's ten requests a second with us: a write may have to wait, and is not executed until then. */
  async function patiently(write: () => Promise<CallAnswer>): Promise<CallAnswer> {
    let answer = await write();
    await until('the vendor lets the write through', async () => {
      if (answer.status === 503) answer = await write();
      return answer.status !== 503;
    });
    return answer;
  }

  /** A write whose answer is lost; the path of its operation. */
  async function lose(write: () => Promise<CallAnswer>): Promise<string> {
    const { status, body } = await patiently(write);
    expect([status, body.outcome]).toEqual([504, 'unknown']);
    return body.operation;
  }

  /** The operation with what was looked for; how its call ended stands in its evidence as well. */
  async function operation(path: string) {
    const { body } = await gateway.call('GET', path);
    return { ...body, evidence: body.evidence.filter(({ by }: { by: string }) => by === 'evidence') };
  }

  async function decided(path: string) {
    await until('the operation is decided', async () => (await operation(path)).state !== 'unknown');
    return operation(path);
  }

  async function left(path: string) {
    await until('nothing more is looked for', async () => {
      const { evidence } = await operation(path);
      return evidence.at(-1)?.seen === 'no: this operation waits for a person';
    });
    return operation(path);
  }

  const entitlement = (method: 'PUT' | 'DELETE', productId: string, idempotencyKey?: string, user = USER) =>
    gateway.call(
      method,
      `/v1/users/${user}/entitlements/${productId}`,
      idempotencyKey === undefined ? {} : { idempotencyKey },
    );

  it('calls a grant executed that the user has, and answers the key as a success', async () => {
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
          seen: { says: 'executed', seen: { granted: true } },
        },
      ],
    });
    const repeat = await entitlement('PUT', '1337', key);
    expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(repeat.body).toEqual({ productId: '1337', granted: true, subscription: null });
    expect(await gateway.spid.effects('product_grant')).toHaveLength(1);
  });

  it.each(['reset-before', 'status-500'])(
    'calls a grant not executed that the user has not (%s), and frees the key',
    async (fault) => {
      const key = newKey();
      const product = fault === 'reset-before' ? '10111' : '10117';
      const before = (await gateway.spid.effects('product_grant')).length;
      await gateway.spid.fault('product_grant', fault);
      const path = await lose(() => entitlement('PUT', product, key));
      const { state, evidence, resolution } = await decided(path);
      expect([state, resolution.basis]).toEqual(['failed', 'evidence']);
      const says = evidence.map((each: { seen: { says: string } }) => each.seen.says);
      expect(says).toEqual(['not_executed', 'not_executed']);
      const repeat = await entitlement('PUT', product, key);
      expect([repeat.status, repeat.headers.get('idempotent-replayed')]).toEqual([200, null]);
      expect(await gateway.spid.effects('product_grant')).toHaveLength(before + 1);
    },
  );

  it('calls a revocation executed when the product is gone, and not executed when it is there', async () => {
    await gateway.spid.fault('product_revoke', 'reset-before');
    const kept = await lose(() => entitlement('DELETE', '1337', newKey(), '42'));
    expect(await decided(kept)).toMatchObject({ state: 'failed', resolution: { decision: 'not_executed' } });
    await gateway.spid.fault('product_revoke', 'reset-after');
    const gone = await lose(() => entitlement('DELETE', '1337', newKey(), '42'));
    expect(await decided(gone)).toMatchObject({ state: 'succeeded', resolution: { decision: 'executed' } });
  });

  it('tells nothing when a later write touched the same product: a person decides', async () => {
    await gateway.spid.fault('product_grant', 'reset-before');
    // The first look reads while the later write comes.
    await gateway.spid.fault('product_get', 'latency', 1, 400);
    const path = await lose(() => entitlement('PUT', '1337', undefined, '100003'));
    expect((await entitlement('PUT', '1337', undefined, '100003')).status).toBe(200);
    const { state, evidence } = await left(path);
    expect(state).toBe('unknown');
    expect(JSON.stringify(evidence)).toContain('another operation on the same thing');
  });

  it('tells nothing while the upstream cannot be read, and says so', async () => {
    await gateway.spid.fault('product_grant', 'reset-after');
    await gateway.spid.fault('product_get', 'status-500', 100);
    const path = await lose(() => entitlement('PUT', '301694', newKey(), '42'));
    const { state, evidence } = await left(path);
    expect(state).toBe('unknown');
    expect(evidence).toHaveLength(QUICK_EVIDENCE.looksMax + 1);
    expect(evidence[0].seen).toMatchObject({ says: 'undecided', because: 'the upstream could not be read' });
  });

  const start = (idempotencyKey: string, body: object) =>
    patiently(() =>
      gateway.call('POST', '/v1/migrations', { idempotencyKey, body: { sourceTool: 'wordpress', ...body } }),
    );

  it('finds a migration by its username, names it, and answers the key that the address is lost', async () => {
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
    // The next one is told apart from both.
    await gateway.import2.fault('imports_create', 'reset-after');
    const next = await decided(await lose(() => start(newKey(), body)));
    expect(next.state).toBe('succeeded');
    expect(next.migrationId).not.toBe(migrationId);
  });

  it('calls a migration not executed that is not there, and frees the key', async () => {
    const key = newKey();
    const body = { destinationUsername: 'absent@acme.example' };
    await gateway.import2.fault('imports_create', 'reset-before');
    expect((await decided(await lose(() => start(key, body)))).state).toBe('failed');
    expect((await start(key, body)).status).toBe(201);
  });

  it('gives up at the first look on a migration without a username', async () => {
    await gateway.import2.fault('imports_create', 'reset-after');
    const { state, evidence } = await left(await lose(() => start(newKey(), {})));
    expect([state, evidence.length]).toEqual(['unknown', 2]);
  });

  it('notes where a migration stands whose payment is unknown, and leaves it to a person', async () => {
    const { id } = (await start(newKey(), { destinationUsername: 'pays@acme.example' })).body;
    await gateway.import2.fault('payment_accept', 'reset-after');
    const accept = () =>
      gateway.call('POST', `/v1/migrations/${id}/payment/accept`, { idempotencyKey: newKey() });
    const { state, evidence } = await left(await lose(accept));
    expect(state).toBe('unknown');
    expect(evidence[0]).toMatchObject({
      asked: `GET migration ${id}`,
      seen: { says: 'untellable', seen: { status: 'collecting_credentials' } },
    });
  });

  it('calls the change of a group executed that the group shows, and answers with the group', async () => {
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

  it('is not looked for where there can be none: a handout waits for a person', async () => {
    await gateway.spid.fault('voucher_handout', 'reset-after');
    const body = { userId: USER, voucherGroupId: '324673248' };
    const handOut = () => gateway.call('POST', '/v1/voucher-handouts', { idempotencyKey: 'handout', body });
    const path = await lose(handOut);
    // By then whatever is looked for has been: this grant came after it.
    await gateway.spid.fault('product_grant', 'reset-after');
    await decided(await lose(() => entitlement('PUT', '10111', newKey(), '42')));
    expect(await operation(path)).toMatchObject({ state: 'unknown', evidence: [], resolution: null });
  });
});
