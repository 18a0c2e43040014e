import { randomUUID } from 'node:crypto';
import { restrictionsOf } from '../../../src/http/auth/restrictions/restrictions.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import { type CallResponse, startGateway, type TestGateway } from '../../support/gateway.js';
import { routesOf } from '../../support/routes.js';
import { sha256Of } from '../../support/settings.folder.js';
import { expectUntouched } from '../../support/vendors/untouched.js';

const GROUP = '324673248';
const NARROW = 'tg_narrow';

function withNarrowCaller(demo: Settings): Settings {
  const narrow = {
    ...demo.callers[0]!,
    name: 'narrow',
    keys: [{ sha256: Buffer.from(sha256Of(NARROW), 'hex') }],
    resources: { products: ['1337', '1011*'], voucherGroups: [GROUP], tokenNames: ['news*'] },
  };
  return { ...demo, callers: [...demo.callers, narrow] };
}

describe('a caller that is restricted to some things', () => {
  let gateway: TestGateway;
  let otherGroup: string;

  beforeAll(async () => {
    gateway = await startGateway({ settings: withNarrowCaller });
    const body = { title: 'Not for everybody', type: 'campaign' };
    const created = await gateway.call('POST', '/v1/voucher-groups', { body, idempotencyKey: randomUUID() });
    otherGroup = created.body.id as string;
  });

  afterAll(() => gateway.close());

  const call = (key: string, method: string, path: string, body?: object): Promise<CallResponse> => {
    const write = method === 'GET' ? {} : { idempotencyKey: randomUUID() };
    return gateway.call(method, `/v1${path}`, { key, body, ...write });
  };
  const narrow = (method: string, path: string, body?: object) => call(NARROW, method, path, body);
  const shown = ({ status, body }: CallResponse) => {
    const { type, title, detail, outcome, errors } = body;
    return { status, type, title, detail, outcome, errors };
  };

  type Case = [
    method: string,
    path: (id: string) => string,
    outside: () => string,
    body?: (id: string) => object,
  ];
  const product = () => '301694';
  const group = () => otherGroup;
  const missing: Case[] = [
    ['PUT', (id) => `/users/938029/entitlements/${id}`, product],
    ['GET', (id) => `/voucher-groups/${id}`, group],
    ['PATCH', (id) => `/voucher-groups/${id}`, group, () => ({ title: 'Mine' })],
    ['POST', (id) => `/voucher-groups/${id}/vouchers`, group, () => ({ amount: 1 })],
    ['POST', (id) => `/voucher-groups/${id}/codes`, group, () => ({ amount: 1 })],
    ['POST', () => '/voucher-handouts', group, (id) => ({ userId: '42', voucherGroupId: id })],
  ];

  it.each(missing)(
    'gets from %s the same for what it may not reach as for what does not exist',
    async (...row) => {
      const [method, path, outside, body] = row;
      const nowhere = await call('tg_demo_full_access', method, path('987654'), body?.('987654'));
      expect(nowhere.status).toBe(404);
      const refused = await narrow(method, path(outside()), body?.(outside()));
      expect(shown(refused)).toEqual(shown(nowhere));
    },
  );

  it('gets 404 for a product by DELETE, whether it exists or not', async () => {
    const refused = await narrow('DELETE', `/users/938029/entitlements/${product()}`);
    const nowhere = await narrow('DELETE', '/users/938029/entitlements/987654');
    expect(refused.body.type).toBe('/docs/problems/product-not-found');
    expect(shown(refused)).toEqual(shown(nowhere));
  });

  it('gets 404 for a product, by its id and by its alias', async () => {
    for (const path of ['/users/42/entitlements/301694', '/users/42/entitlements/premium?scope=merchant']) {
      expect((await narrow('GET', path)).body.type).toBe('/docs/problems/product-not-found');
    }
    const groups = await narrow('GET', '/voucher-groups?productId=301694');
    expect(groups.body.type).toBe('/docs/problems/product-not-found');
  });

  it('reaches what it may, by whole id and by the beginning of it', async () => {
    expect((await narrow('GET', '/users/42/entitlements/1337')).body.granted).toBe(true);
    expect((await narrow('GET', '/users/100003/entitlements/10117')).body.granted).toBe(true);
    const handout = await narrow('POST', '/voucher-handouts', { userId: '42', voucherGroupId: GROUP });
    expect(handout.status).toBe(201);
    const tokens = await narrow('POST', '/token-imports', { tokenName: 'newsletter', tokens: ['a'] });
    expect(tokens.status).toBe(200);
  });

  it('finds only what it may in lists', async () => {
    const names = async (key: string, path: string, field: string) =>
      (await call(key, 'GET', path)).body.items.map((item: Record<string, string>) => item[field]);
    await call('tg_demo_full_access', 'POST', '/token-imports', { tokenName: 'secret-plans', tokens: ['a'] });
    const lists = [
      ['/voucher-groups', 'id'],
      ['/token-names', 'name'],
      ['/users/100003/subscriptions', 'productId'],
    ] as const;
    for (const [path, field] of lists) {
      const all = await names('tg_demo_full_access', path, field);
      const seen = await names(NARROW, path, field);
      expect(seen.length).toBeLessThan(all.length);
      expect(seen.join()).toMatch(/^(324673248|news[a-z]+(,news[a-z]+)*)?$/);
    }
    expect(await names(NARROW, '/users/100003/entitlements', 'productId')).toEqual(['10111', '10117']);
  });

  it('gets a cursor after a page in which it may see nothing', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await narrow('GET', `/voucher-groups?limit=1${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual([GROUP]);
  });

  it('does not find a voucher of another group by its code', async () => {
    await call('tg_demo_full_access', 'POST', `/voucher-groups/${otherGroup}/vouchers`, { amount: 1 });
    const drawn = await call('tg_demo_full_access', 'POST', `/voucher-groups/${otherGroup}/codes`, {
      amount: 1,
    });
    const { code } = drawn.body.items[0];
    expect((await call('tg_demo_full_access', 'GET', `/vouchers/${code}`)).status).toBe(200);
    expect(shown(await narrow('GET', `/vouchers/${code}`))).toEqual(
      shown(await narrow('GET', '/vouchers/NO-SUCH')),
    );
    const own = await narrow('POST', `/voucher-groups/${GROUP}/codes`, { amount: 1 });
    expect((await narrow('GET', `/vouchers/${own.body.items[0].code}`)).status).toBe(200);
  });

  it('cannot make new groups, nor import under a name that is not its own', async () => {
    const made = await narrow('POST', '/voucher-groups', { title: 'Mine', type: 'campaign' });
    expect(made.body.type).toBe('/docs/problems/forbidden');
    const named = await narrow('POST', '/token-imports', { tokenName: 'secret-plans', tokens: ['a'] });
    expect([named.status, named.body.type]).toEqual([422, '/docs/problems/upstream-rejected']);
  });

  it('sees no operation about what it may not reach, though it may decide', async () => {
    const about = { userId: '42', voucherGroupId: otherGroup };
    const { body } = await call('tg_demo_full_access', 'POST', '/voucher-handouts', about);
    const id = (body.id ?? body.operation.split('/').at(-1)) as string;
    expect((await call('tg_demo_full_access', 'GET', `/operations/${id}`)).status).toBe(200);
    expect((await narrow('GET', `/operations/${id}`)).status).toBe(404);
    expect((await narrow('GET', `/voucher-handouts/${id}`)).status).toBe(404);
    const decision = { decision: 'not_executed', reason: 'looked it up' };
    expect((await narrow('POST', `/operations/${id}/resolution`, decision)).status).toBe(404);
    const listed = (await narrow('GET', '/operations?limit=100')).text;
    expect(listed).not.toContain(otherGroup);
  });

  it('causes no call and no operation for what it may not reach', async () => {
    const before = (await call('tg_demo_full_access', 'GET', '/operations?limit=100')).body.items.length;
    await expectUntouched(gateway.spid, async () => {
      for (const [method, path, outside, body] of missing) {
        await narrow(method, path(outside()), body?.(outside()));
      }
    });
    const after = (await call('tg_demo_full_access', 'GET', '/operations?limit=100')).body.items.length;
    expect(after).toBe(before);
  });
});

/* oxlint-disable typescript/no-explicit-any -- the OpenAPI document is JSON of many shapes */
describe('every route that names a product, a voucher group or a token name', () => {
  let gateway: TestGateway;
  let document: any;

  beforeAll(async () => {
    gateway = await startGateway();
    document = (await gateway.call('GET', '/openapi.json', { key: null })).body;
  });

  afterAll(() => gateway.close());

  const NOUNS: Record<string, string> = {
    productId: 'product',
    voucherGroupId: 'voucherGroup',
    tokenName: 'tokenName',
  };
  const schemaOf = (content: any): any => {
    const schema = content?.['application/json']?.schema;
    return schema?.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema;
  };
  const fieldsOf = (content: any): string[] => Object.keys(schemaOf(content)?.properties ?? {});
  const itemOf = (content: any): string | undefined =>
    schemaOf(content)?.properties?.items?.items?.$ref?.split('/').at(-1);

  /** What a route needs, read from the public document: `product path`, `voucherGroup items`, … */
  function needsOf(path: string, operation: any): string[] {
    const parameters = (operation.parameters ?? []).filter((each: any) => each.in !== 'header');
    const named = [
      ...parameters.map(({ name, in: place }: any) => [name, place]),
      ...fieldsOf(operation.requestBody?.content).map((name) => [name, 'body']),
    ].filter(([name]) => NOUNS[name]);
    const needs = named.map(([name, place]) => `${NOUNS[name]} ${place}`);
    if (path.startsWith('/v1/voucher-groups/{id}')) needs.push('voucherGroup path');
    const response = Object.entries<any>(operation.responses).find(([status]) => status.startsWith('2'))?.[1];
    const item = itemOf(response?.content);
    if (item === 'VoucherGroupDto') needs.push('voucherGroup items');
    if (item === 'TokenNameDto') needs.push('tokenName items');
    if (item && document.components.schemas[item].properties.productId) needs.push('product items');
    if (operation.operationId === 'createVoucherGroup') needs.push('voucherGroup new');
    const asked = new Set(needs.map((need) => need.split(' ')[0]));
    for (const name of fieldsOf(response?.content).filter((each) => NOUNS[each] && !asked.has(NOUNS[each]))) {
      needs.push(`${NOUNS[name]} response`);
    }
    // Groups are restricted by their own id, independent of the product that each gives away.
    const isGroup = JSON.stringify(response?.content ?? {}).includes('/VoucherGroup');
    return isGroup ? needs.filter((need) => !/^product (items|response)$/.test(need)) : needs;
  }

  /** Its own rule checks the subject of the operation; the test above shows it. */
  const BY_SUBJECT = new Set([
    'listOperations',
    'getOperation',
    'resolveOperation',
    'probeOperation',
    'getHandout',
    'getVoucherHandout',
  ]);

  it('keeps callers to what they may reach', () => {
    const handlers = new Map(
      routesOf(gateway).map(({ handler }) => [
        Reflect.getMetadata('swagger/apiOperation', handler)?.operationId as string,
        handler,
      ]),
    );
    const found: Record<string, string[]> = {};
    const needed: Record<string, string[]> = {};
    for (const [path, item] of Object.entries<any>(document.paths)) {
      for (const operation of Object.values<any>(item)) {
        const needs = needsOf(path, operation).toSorted();
        if (BY_SUBJECT.has(operation.operationId)) continue;
        const restrictions = restrictionsOf(handlers.get(operation.operationId) ?? {});
        const has = restrictions.map(({ noun, place }) => `${noun} ${place.in}`).toSorted();
        if (needs.length > 0 || has.length > 0) {
          needed[operation.operationId] = needs;
          found[operation.operationId] = has;
        }
      }
    }
    expect(found).toEqual(needed);
    expect(Object.keys(found).length).toBeGreaterThanOrEqual(15);
  });
});
