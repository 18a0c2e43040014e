import { ReconciliationSchedule } from '../../src/reconciliation/reconciliation.schedule.js';
import { type CallAnswer, FULL_ACCESS_KEY, startGateway, type TestGateway } from '../support/gateway.js';
import { COLLEAGUE_KEY, NEIGHBOUR_KEY, withOperators } from '../support/operations.callers.js';

/** The user 938029 in the other spelling, which nothing but the vendor can tell. */
const UUID = '00000000-0000-4000-8000-000000938029';

/** Evidence is only looked for when a test asks, so that nothing is decided in between. */
describe('what others did in the same vendor account', () => {
  let gateway: TestGateway;
  let number = 0;

  beforeAll(async () => {
    const reconciliationSchedule = new ReconciliationSchedule({
      firstProbeAfterSeconds: 3_600,
      probeAgainMs: 0,
    });
    gateway = await startGateway({ settings: withOperators, reconciliationSchedule });
  });
  afterEach(() => Promise.all([gateway.spid.clearFaults(), gateway.import2.clearFaults()]));
  afterAll(() => gateway.close());

  const newKey = () => `others-${(number += 1)}`;

  async function lost(answer: CallAnswer): Promise<string> {
    expect([answer.status, answer.body.outcome]).toEqual([504, 'unknown']);
    return answer.body.operation;
  }

  async function start(key: string, destinationUsername: string, fault?: string): Promise<CallAnswer> {
    if (fault) await gateway.import2.fault('imports_create', fault);
    const body = { sourceTool: 'wordpress', destinationUsername };
    const idempotencyKey = newKey();
    return gateway.call('POST', '/v1/migrations', { key, idempotencyKey, body });
  }

  async function entitle(
    method: 'PUT' | 'DELETE',
    user: string,
    { key = FULL_ACCESS_KEY, fault }: { key?: string; fault?: string } = {},
  ): Promise<CallAnswer> {
    const operation = method === 'PUT' ? 'product_grant' : 'product_revoke';
    if (fault) await gateway.spid.fault(operation, fault);
    return gateway.call(method, `/v1/users/${user}/entitlements/301694`, { key });
  }

  /** What a probe shows, without deciding. */
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
  ])('keeps a migration open that %s may have begun', async (_, key) => {
    const username = `${key}@acme.example`;
    const ours = await lost(await start(FULL_ACCESS_KEY, username, 'reset-before'));
    // Theirs is the one that is there; written in another case, and unknown as well.
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
  ])('does not take the migration that %s has begun for the lost one', async (_, key) => {
    const username = `begun-${key}@acme.example`;
    const ours = await lost(await start(FULL_ACCESS_KEY, username, 'reset-before'));
    expect((await start(key, username)).status).toBe(201);
    expect(await probe(ours)).toMatchObject({ shows: 'absent' });
  });

  it('proves a migration beside those of others that are known', async () => {
    const username = 'proved@acme.example';
    expect((await start(NEIGHBOUR_KEY, username)).status).toBe(201);
    const ours = await lost(await start(FULL_ACCESS_KEY, username, 'reset-after'));
    expect((await start(COLLEAGUE_KEY, username)).status).toBe(201);
    expect(await probe(ours)).toMatchObject({ shows: 'executed' });
  });

  it('may come late after a person called it not executed, and keeps the next one open', async () => {
    const first = await lost(await entitle('PUT', '938029', { key: NEIGHBOUR_KEY, fault: 'reset-before' }));
    expect((await resolve(first, { decision: 'not_executed' }, NEIGHBOUR_KEY)).status).toBe(200);
    const ours = await lost(await entitle('PUT', '938029', { fault: 'reset-after' }));
    expect(await probe(ours)).toMatchObject({ shows: 'seen', recommendation: 'executed' });
    expect((await resolve(ours, { decision: 'executed' })).status).toBe(200);
    await entitle('DELETE', '938029');
  });

  it('counts when the user is written in the other way, and when it was over before it does not', async () => {
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

  it('keeps the absence of an effect from speaking, when it may have undone it', async () => {
    const ours = await lost(await entitle('PUT', UUID, { fault: 'reset-after' }));
    expect((await entitle('DELETE', '938029', { key: NEIGHBOUR_KEY })).status).toBe(200);
    expect(await probe(ours)).toMatchObject({ shows: 'undecided', recommendation: null });
  });
});
