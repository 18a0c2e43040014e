import { ProbeTimes } from '../../src/reconciliation/probe.times.js';
import { type CallResponse, FULL_ACCESS_KEY, startGateway, type TestGateway } from '../support/gateway.js';
import { COLLEAGUE_KEY, NEIGHBOUR_KEY, withOperators } from '../support/operations.callers.js';

/** The UUID of user 938029; only the vendor knows that they are the same. */
const UUID = '00000000-0000-4000-8000-000000938029';

/** No background probes: nothing is decided between the steps of a test. */
describe('other operations of the same vendor account', () => {
  let gateway: TestGateway;
  let number = 0;

  beforeAll(async () => {
    const probeTimes = new ProbeTimes({
      firstProbeAfterSeconds: 3_600,
      probeAgainMs: 0,
    });
    gateway = await startGateway({ settings: withOperators, probeTimes });
  });
  afterEach(() => Promise.all([gateway.spid.clearFaults(), gateway.import2.clearFaults()]));
  afterAll(() => gateway.close());

  const newKey = () => `others-${(number += 1)}`;

  async function lost(response: CallResponse): Promise<string> {
    expect([response.status, response.body.outcome]).toEqual([504, 'unknown']);
    return response.body.operation;
  }

  async function start(key: string, destinationUsername: string, fault?: string): Promise<CallResponse> {
    if (fault) await gateway.import2.fault('imports_create', fault);
    const body = { sourceTool: 'wordpress', destinationUsername };
    const idempotencyKey = newKey();
    return gateway.call('POST', '/v1/migrations', { key, idempotencyKey, body });
  }

  async function entitle(
    method: 'PUT' | 'DELETE',
    user: string,
    { key = FULL_ACCESS_KEY, fault }: { key?: string; fault?: string } = {},
  ): Promise<CallResponse> {
    const operation = method === 'PUT' ? 'product_grant' : 'product_revoke';
    if (fault) await gateway.spid.fault(operation, fault);
    return gateway.call(method, `/v1/users/${user}/entitlements/301694`, { key });
  }

  /** The finding of a probe, without a decision. */
  async function probe(path: string, key = FULL_ACCESS_KEY) {
    const { status, body } = await gateway.call('POST', `${path}/probe`, { key });
    expect([status, body.state]).toEqual([200, 'unknown']);
    return { ...body.evidence.at(-1).seen, recommendation: body.recommendation };
  }

  const resolve = (path: string, body: object, key = FULL_ACCESS_KEY) =>
    gateway.call('POST', `${path}/resolution`, { key, body: { reason: 'seen by a person', ...body } });

  it.each([
    ['another caller', COLLEAGUE_KEY],
    ['another tenant with the same token', NEIGHBOUR_KEY],
  ])('leave a migration undecided that %s may have started', async (_, key) => {
    const username = `${key}@acme.example`;
    const ours = await lost(await start(FULL_ACCESS_KEY, username, 'reset-before'));
    // The existing migration is theirs; spelled in another case, and unknown as well.
    await lost(await start(key, username, 'reset-after'));
    expect(await probe(ours)).toMatchObject({
      shows: 'seen',
      because: expect.stringMatching(/another operation of the same vendor account/),
      recommendation: 'executed',
    });
  });

  it.each([
    ['another caller', COLLEAGUE_KEY],
    ['another tenant with the same token', NEIGHBOUR_KEY],
  ])('exclude the migration that %s has started', async (_, key) => {
    const username = `begun-${key}@acme.example`;
    const ours = await lost(await start(FULL_ACCESS_KEY, username, 'reset-before'));
    expect((await start(key, username)).status).toBe(201);
    expect(await probe(ours)).toMatchObject({ shows: 'absent' });
  });

  it('let a migration be proved if theirs are known', async () => {
    const username = 'proved@acme.example';
    expect((await start(NEIGHBOUR_KEY, username)).status).toBe(201);
    const ours = await lost(await start(FULL_ACCESS_KEY, username, 'reset-after'));
    expect((await start(COLLEAGUE_KEY, username)).status).toBe(201);
    expect(await probe(ours)).toMatchObject({ shows: 'executed' });
  });

  it('may be executed late after a decision not_executed, and leave the next one undecided', async () => {
    const first = await lost(await entitle('PUT', '938029', { key: NEIGHBOUR_KEY, fault: 'reset-before' }));
    expect((await resolve(first, { decision: 'not_executed' }, NEIGHBOUR_KEY)).status).toBe(200);
    const ours = await lost(await entitle('PUT', '938029', { fault: 'reset-after' }));
    expect(await probe(ours)).toMatchObject({ shows: 'seen', recommendation: 'executed' });
    expect((await resolve(ours, { decision: 'executed' })).status).toBe(200);
    await entitle('DELETE', '938029');
  });

  it('count under the other id of the user, unless they ended before', async () => {
    const USER = '100003';
    const other = '00000000-0000-4000-8000-000000100003';
    expect((await entitle('PUT', USER)).status).toBe(200);
    expect((await entitle('DELETE', other)).status).toBe(200);
    const proved = await lost(await entitle('PUT', USER, { fault: 'reset-after' }));
    expect(await probe(proved)).toMatchObject({ shows: 'executed' });
    expect((await resolve(proved, { decision: 'executed' })).status).toBe(200);
    expect((await entitle('DELETE', USER)).status).toBe(200);
    const open = await lost(await entitle('PUT', USER, { fault: 'reset-before' }));
    expect((await entitle('PUT', other, { key: NEIGHBOUR_KEY })).status).toBe(200);
    expect(await probe(open)).toMatchObject({ shows: 'seen', recommendation: 'executed' });
  });

  it('make absence undecided if they may have undone the effect', async () => {
    const ours = await lost(await entitle('PUT', UUID, { fault: 'reset-after' }));
    expect((await entitle('DELETE', '938029', { key: NEIGHBOUR_KEY })).status).toBe(200);
    expect(await probe(ours)).toMatchObject({ shows: 'undecided', recommendation: null });
  });
});
