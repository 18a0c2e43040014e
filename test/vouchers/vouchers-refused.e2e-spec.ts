import { startGateway, type TestGateway } from '../support/gateway.js';
import { HOSTILE_IDS } from '../support/hostile.ids.js';
import { withRoomyLimits } from '../support/roomy.limits.js';
import { expectUntouched } from '../support/vendors/untouched.js';

const GROUP = '324673248';
const HANDOUT = { userId: '42', voucherGroupId: GROUP };

let gateway: TestGateway;
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway({ settings: withRoomyLimits });
});
afterEach(() => gateway.spid.clearFaults());
afterAll(() => gateway.close());

const write = (method: string, path: string, body: unknown) =>
  gateway.call(method, `/v1${path}`, { idempotencyKey: `refused-${++keys}`, body });

const pointersOf = (body: { errors: { pointer: string }[] }) => body.errors.map(({ pointer }) => pointer);

describe('invalid bodies, without a call to the upstream', () => {
  const refused: [string, string, unknown, string[]][] = [
    ['POST', '/voucher-handouts', { ...HANDOUT, amount: 2 }, ['/amount']],
    ['POST', '/voucher-handouts', { userId: 42, voucherGroupId: GROUP }, ['/userId']],
    ['POST', '/voucher-handouts', { userId: '42/../43', voucherGroupId: GROUP }, ['/userId']],
    ['POST', '/voucher-handouts', { userId: ['42'], voucherGroupId: GROUP }, ['/userId']],
    ['POST', '/voucher-handouts', { userId: '42', voucherGroupId: null }, ['/voucherGroupId']],
    ['POST', '/voucher-handouts', {}, ['/userId', '/voucherGroupId']],
    ['POST', '/voucher-handouts', undefined, ['/userId', '/voucherGroupId']],
    ['POST', '/voucher-handouts', [], ['']],
    ['POST', '/voucher-handouts', 'null', ['']],
    ['POST', '/voucher-groups', { title: 'Old kind', type: 'discount' }, ['/type']],
    ['POST', '/voucher-groups', { title: 'Raw type', type: '8' }, ['/type']],
    ['POST', '/voucher-groups', { title: '', type: 'payment' }, ['/title']],
    ['POST', '/voucher-groups', { title: 'x'.repeat(201), type: 'payment' }, ['/title']],
    ['POST', '/voucher-groups', { title: 'a\u0000b', type: 'payment' }, ['/title']],
    ['POST', '/voucher-groups', { title: 'a\ud800b', type: 'payment' }, ['/title']],
    ['POST', '/voucher-handouts', { ...HANDOUT, toString: 1 }, ['/toString']],
    ['POST', '/voucher-handouts', { ...HANDOUT, hasOwnProperty: { a: 1 } }, ['/hasOwnProperty']],
    ['POST', '/voucher-groups', { title: 'Flag', type: 'payment', unique: 'false' }, ['/unique']],
    ['POST', '/voucher-groups', { title: 'Limit', type: 'payment', limit: 0 }, ['/limit']],
    ['POST', '/voucher-groups', { title: 'Null', type: 'payment', description: null }, ['/description']],
    ['PATCH', `/voucher-groups/${GROUP}`, {}, ['']],
    ['PATCH', `/voucher-groups/${GROUP}`, undefined, ['']],
    ['PATCH', `/voucher-groups/${GROUP}`, { type: 'payment' }, ['/type']],
    ['PATCH', `/voucher-groups/${GROUP}`, { limit: -1 }, ['/limit']],
    ['POST', `/voucher-groups/${GROUP}/vouchers`, { amount: 0 }, ['/amount']],
    ['POST', `/voucher-groups/${GROUP}/vouchers`, { amount: 1_001 }, ['/amount']],
    ['POST', `/voucher-groups/${GROUP}/vouchers`, { amount: '5' }, ['/amount']],
    ['POST', `/voucher-groups/${GROUP}/codes`, { amount: 101 }, ['/amount']],
    ['POST', `/voucher-groups/${GROUP}/codes`, '{"amount":1e308}', ['/amount']],
    ['POST', `/voucher-groups/${GROUP}/codes`, { amount: 1.5 }, ['/amount']],
    ['POST', `/voucher-groups/${GROUP}/codes`, {}, ['/amount']],
  ];

  it.each(refused)('return 400 to %s %s with %j, with pointers %j', async (method, path, body, pointers) => {
    await expectUntouched(gateway.spid, async () => {
      const response = await write(method, path, body);
      expect({ status: response.status, type: response.body.type, outcome: response.body.outcome }).toEqual({
        status: 400,
        type: '/docs/problems/validation-failed',
        outcome: 'not_executed',
      });
      expect(pointersOf(response.body)).toEqual(pointers);
    });
  });
});

describe('PATCH /v1/voucher-groups/{id}', () => {
  it.each(['[]', '[[]]', 'null', '""', '0'])(
    'refuses %s as no JSON object, not as no change',
    async (body) => {
      const response = await write('PATCH', `/voucher-groups/${GROUP}`, body);
      expect(response.body.errors).toEqual([{ pointer: '', detail: 'must be a JSON object' }]);
    },
  );
});

describe('invalid queries and ids, without a call to the upstream', () => {
  it.each([
    ['limit=0', '/query/limit'],
    ['limit=1001', '/query/limit'],
    ['limit=ten', '/query/limit'],
    ['limit=1e2', '/query/limit'],
    ['limit=1&limit=2', '/query/limit'],
    ['offset=-1', '/query/offset'],
    ['offset=99999999999999999999', '/query/offset'],
    ['cursor=abc', '/query/cursor'],
    ['cursor=%00', '/query/cursor'],
    ['cursor=', '/query/cursor'],
    // The positions 0, 01, 1e3 and 2 to the power of 53, and 1 with a padding.
    ['cursor=MA', '/query/cursor'],
    ['cursor=MDE', '/query/cursor'],
    ['cursor=MWUz', '/query/cursor'],
    ['cursor=OTAwNzE5OTI1NDc0MDk5Mg', '/query/cursor'],
    ['cursor=MQ==', '/query/cursor'],
    ['cursor=MQ&cursor=MQ', '/query/cursor'],
    ['cursor=MQ&offset=1', '/query/offset'],
    ['type=unknown', '/query/type'],
    ['productId=1%2F2', '/query/productId'],
    ['title=', '/query/title'],
    ['callback=alert', '/query/callback'],
  ])('refuses the search ?%s', async (query, pointer) => {
    await expectUntouched(gateway.spid, async () => {
      const { status, body } = await gateway.call('GET', `/v1/voucher-groups?${query}`);
      expect({ status, type: body.type }).toEqual({ status: 400, type: '/docs/problems/validation-failed' });
      expect(pointersOf(body)).toEqual([pointer]);
    });
  });

  it.each(HOSTILE_IDS)('return 400 to %s as group and as code', async (_, id) => {
    await expectUntouched(gateway.spid, async () => {
      const responses = [
        await gateway.call('GET', `/v1/voucher-groups/${id}`),
        await gateway.call('GET', `/v1/vouchers/${id}`),
        await write('PATCH', `/voucher-groups/${id}`, { title: 'New' }),
        await write('POST', `/voucher-groups/${id}/vouchers`, { amount: 1 }),
        await write('POST', `/voucher-groups/${id}/codes`, { amount: 1 }),
      ];
      for (const { status, body } of responses) {
        expect({ status, type: body.type }).toEqual({
          status: 400,
          type: '/docs/problems/validation-failed',
        });
      }
    });
  });
});
