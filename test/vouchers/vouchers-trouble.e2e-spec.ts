import { startGateway, type CallResponse, type TestGateway } from '../support/gateway.js';

const GROUP = '324673248';

let gateway: TestGateway;
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway();
});
afterEach(async () => {
  await gateway.spid.clearFaults();
  await gateway.spid.control('DELETE', '/__quirks');
});
afterAll(() => gateway.close());

interface Write {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

const WRITES: [string, Write][] = [
  [
    'voucher_handout',
    { method: 'POST', path: '/voucher-handouts', body: { userId: '42', voucherGroupId: GROUP } },
  ],
  [
    'voucher_group_create',
    { method: 'POST', path: '/voucher-groups', body: { title: 'Trouble', type: 'payment' } },
  ],
  ['voucher_group_update', { method: 'PATCH', path: `/voucher-groups/${GROUP}`, body: { title: 'Renamed' } }],
  ['vouchers_generate', { method: 'POST', path: `/voucher-groups/${GROUP}/vouchers`, body: { amount: 2 } }],
  ['vouchers_handout', { method: 'POST', path: `/voucher-groups/${GROUP}/codes`, body: { amount: 2 } }],
];

const send = ({ method, path, body }: Write, to = gateway): Promise<CallResponse> =>
  to.call(method, `/v1${path}`, { idempotencyKey: `trouble-${++keys}`, body });

const summary = ({ status, body }: CallResponse) => ({ status, type: body.type, outcome: body.outcome });

const UNKNOWN = { status: 504, type: '/docs/problems/outcome-unknown', outcome: 'unknown' };

/** Changes a group without writes of unknown outcome. */
async function ready(operation: string, write: Write): Promise<Write> {
  if (operation !== 'voucher_group_update') return write;
  const group = { title: 'To be renamed', type: 'payment' };
  const { body } = await send({ method: 'POST', path: '/voucher-groups', body: group });
  return { ...write, path: `/voucher-groups/${body.id}` };
}

describe.each(WRITES)('%s in trouble', (operation, each) => {
  let write: Write;

  beforeEach(async () => {
    write = await ready(operation, each);
  });

  const kinds: [string, number][] = [
    ['reset-before', 0],
    ['status-500', 0],
    ['status-503', 0],
    ['reset-after', 1],
    ['garbled', 1],
    ['truncated', 1],
  ];

  it.each(kinds)('has an unknown outcome after %s, and was sent once', async (kind, executed) => {
    const before = await gateway.spid.effects();
    await gateway.spid.fault(operation, kind);
    expect(summary(await send(write))).toEqual(UNKNOWN);
    const effects = (await gateway.spid.effects()).slice(before.length);
    expect(effects.map((effect) => effect.operation)).toEqual(Array(executed).fill(operation));
  });

  it('was not executed after 420, which is returned as 503 with Retry-After', async () => {
    const before = await gateway.spid.effects();
    await gateway.spid.fault(operation, 'status-420');
    const response = await send(write);
    expect(summary(response)).toEqual({
      status: 503,
      type: '/docs/problems/upstream-throttled',
      outcome: 'not_executed',
    });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await gateway.spid.effects()).toEqual(before);
  });
});

describe('reads while SPiD fails', () => {
  it.each([
    ['voucher_groups_list', '/v1/voucher-groups'],
    ['voucher_group_get', `/v1/voucher-groups/${GROUP}`],
  ])('%s returns 502 when the response cannot be parsed', async (operation, path) => {
    await gateway.spid.fault(operation, 'garbled');
    const response = await gateway.call('GET', path);
    expect(summary(response)).toMatchObject({ status: 502, type: '/docs/problems/upstream-garbled' });
  });

  it('return 502 for a response that cannot be parsed', async () => {
    await gateway.spid.fault('voucher_get', 'garbled');
    const response = await gateway.call('GET', '/v1/vouchers/64-NONE-NONE');
    expect(summary(response)).toMatchObject({ status: 502, type: '/docs/problems/upstream-garbled' });
  });
});

describe('a handout from an empty group', () => {
  const EMPTY: [string, object][] = [
    ['success-false', { status: 409, type: '/docs/problems/voucher-unavailable', outcome: 'not_executed' }],
    ['404', { status: 404, type: '/docs/problems/voucher-group-not-found', outcome: 'not_executed' }],
    ['500', UNKNOWN],
  ];

  it.each(EMPTY)(
    'is recognised when the upstream responds with %s',
    async (voucherHandoutEmpty, expected) => {
      await gateway.spid.control('PUT', '/__quirks', { voucherHandoutEmpty });
      const group = await send({
        method: 'POST',
        path: '/voucher-groups',
        body: { title: 'Empty', type: 'payment' },
      });
      const voucherGroupId: string = group.body.id;
      const response = await send({
        method: 'POST',
        path: '/voucher-handouts',
        body: { userId: '42', voucherGroupId },
      });
      expect(summary(response)).toEqual(expected);
    },
  );
});

it('reports an unknown outcome of a generation when the upstream fails without a cause', async () => {
  const group = { title: 'Small', type: 'payment', limit: 2 };
  const { body } = await send({ method: 'POST', path: '/voucher-groups', body: group });
  const path = `/voucher-groups/${body.id}/vouchers`;
  expect(summary(await send({ method: 'POST', path, body: { amount: 3 } }))).toEqual(UNKNOWN);
});

describe('writes while SPiD cannot be reached', () => {
  it('report not_executed, because nothing could be sent', async () => {
    const lonely = await startGateway();
    try {
      await lonely.spid.close();
      for (const [, write] of WRITES) {
        expect(summary(await send(write, lonely))).toEqual({
          status: 503,
          type: '/docs/problems/upstream-unavailable',
          outcome: 'not_executed',
        });
      }
    } finally {
      await lonely.close();
    }
  });
});
