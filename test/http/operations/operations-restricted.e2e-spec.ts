import * as fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { CallerResources } from '../../../src/config/settings/access.settings.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import { OperationQueries } from '../../../src/ledger/queries/operation.queries.js';
import { decodeCursor } from '../../../src/ledger/queries/operation.cursor.js';
import { isWithinRestriction } from '../../../src/ledger/queries/operation.restriction.js';
import { type CallResponse, startGateway, type TestGateway } from '../../support/gateway.js';
import { sha256Of } from '../../support/settings.folder.js';

const GROUP = '324673248';
const NARROW = 'tg_narrow';
const NO_GROUPS = 'tg_no_groups';

/** Both may read and decide the operations of the whole tenant. */
function withNarrowCallers(demo: Settings): Settings {
  const caller = (key: string, resources: CallerResources) => ({
    ...demo.callers[0]!,
    name: key,
    keys: [{ sha256: Buffer.from(sha256Of(key), 'hex') }],
    resources,
  });
  const narrow = { products: ['1337', '1011*'], voucherGroups: [GROUP], tokenNames: ['news*'] };
  return {
    ...demo,
    callers: [...demo.callers, caller(NARROW, narrow), caller(NO_GROUPS, { voucherGroups: ['none'] })],
  };
}

/* oxlint-disable typescript/no-explicit-any -- operations as JSON */
describe('operations and a restricted caller', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ settings: withNarrowCallers });
    for (let round = 0; round < 3; round += 1) await makeOperations();
  });

  afterAll(() => gateway.close());

  const call = (method: string, path: string, body?: object, key?: string): Promise<CallResponse> =>
    gateway.call(method, `/v1${path}`, {
      body,
      ...(key === undefined ? {} : { key }),
      ...(method === 'GET' ? {} : { idempotencyKey: randomUUID() }),
    });

  async function makeOperations(): Promise<void> {
    for (const product of ['1337', '301694', '10117']) {
      await call('PUT', `/users/938029/entitlements/${product}`);
    }
    const handout = (group: string) =>
      call('POST', '/voucher-handouts', { userId: '42', voucherGroupId: group });
    const created = await call('POST', '/voucher-groups', {
      title: 'Of a product',
      type: 'giveaway',
      productId: '1337',
    });
    await call('POST', '/voucher-groups', { title: 'Of another', type: 'giveaway', productId: '301694' });
    for (const group of [GROUP, created.body.id as string]) await handout(group);
    for (const tokenName of ['newsletter', 'secret-plans']) {
      await call('POST', '/token-imports', { tokenName, tokens: ['a'] });
    }
    await call('POST', '/migrations', { sourceTool: 'wordpress', destinationUsername: 'Anna@Acme.example' });
  }

  const all = async (): Promise<any[]> => (await call('GET', '/operations?limit=100')).body.items;

  const isVisible = ({ kind, productId, voucherGroupId, request }: any): boolean =>
    (productId === null || /^(1337|1011.*)$/.test(productId)) &&
    (voucherGroupId === null || voucherGroupId === GROUP) &&
    kind !== 'voucher_group_create' &&
    (kind !== 'token_import' || request.body.tokenName.startsWith('news'));

  it('are listed in full pages, whose cursors reveal no hidden one', async () => {
    const operations = await all();
    const visible = operations.filter(isVisible).map(({ id }) => id);
    expect(visible.length).toBe(15);
    expect(operations.length).toBe(30);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await call('GET', `/operations?limit=4${query}`, undefined, NARROW);
      seen.push(...body.items.map(({ id }: any) => id));
      cursor = body.nextCursor;
      if (cursor !== null) {
        expect(body.items).toHaveLength(4);
        expect(decodeCursor(cursor)).toBe(seen.at(-1));
      }
    } while (cursor !== null);
    expect(seen).toEqual(visible);
  });

  it('have no next page when only hidden ones follow', async () => {
    const last = (await all()).filter(isVisible).length;
    const { body } = await call('GET', `/operations?limit=${last}`, undefined, NARROW);
    expect([body.items.length, body.nextCursor]).toEqual([last, null]);
  });

  it('outside the restriction can be neither read nor decided', async () => {
    for (const { id, kind, ...rest } of await all()) {
      const visible = isVisible({ kind, ...rest });
      const read = await call('GET', `/operations/${id}`, undefined, NARROW);
      expect([kind, read.status]).toEqual([kind, visible ? 200 : 404]);
      if (visible) continue;
      const decision = { decision: 'executed', reason: 'guessed' };
      expect((await call('POST', `/operations/${id}/resolution`, decision, NARROW)).status).toBe(404);
      expect((await call('POST', `/operations/${id}/probe`, undefined, NARROW)).status).toBe(404);
    }
  });

  it('that create groups are hidden from callers restricted to groups, and visible to callers restricted to products', async () => {
    const { body } = await call('GET', '/operations?kind=voucher_group_create', undefined, NO_GROUPS);
    expect(body.items).toEqual([]);
    const queries = gateway.app.get(OperationQueries);
    const page = await queries.list({ tenant: 'demo', limit: 100, resources: { products: ['1337'] } });
    const groups = page.items.filter(({ kind }) => kind === 'voucher_group_create');
    expect(groups.map(({ request }) => (request['body'] as any).productId)).toEqual(['1337', '1337', '1337']);
  });

  it('are visible alone exactly when they are visible in a page', async () => {
    const queries = gateway.app.get(OperationQueries);
    const { items } = await queries.list({ tenant: 'demo', limit: 100 });
    const entry = fc.constantFrom(
      '1337',
      '1',
      '1*',
      '*',
      '%',
      '_337',
      GROUP,
      '3246*',
      'news*',
      'newsletter',
      "'",
      '\\',
    );
    const list = fc.option(fc.array(entry, { maxLength: 3 }), { nil: undefined });
    const restrictions = fc.record({ products: list, voucherGroups: list, tokenNames: list });
    await fc.assert(
      fc.asyncProperty(restrictions, async (resources) => {
        const page = await queries.list({
          tenant: 'demo',
          limit: 100,
          resources,
        });
        const expected = items.filter((operation) => isWithinRestriction(resources, operation));
        expect(page.items.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      }),
      { numRuns: 200 },
    );
  });

  it('are left out of the summary', async () => {
    const lose = async (fault: string, work: () => Promise<CallResponse>) => {
      await gateway.spid.fault(fault, 'reset-before');
      expect((await work()).body.outcome).toBe('unknown');
    };
    const tokens = (tokenName: string) => call('POST', '/token-imports', { tokenName, tokens: ['a'] });
    await lose('injectable_import', () => tokens('newsletter'));
    await lose('injectable_import', () => tokens('secret-plans'));
    await lose('voucher_group_create', () =>
      call('POST', '/voucher-groups', { title: 'Lost', type: 'campaign' }),
    );
    const counts = async (key?: string) => {
      const { body } = await call('GET', '/operations/summary', undefined, key);
      return body.items.map(({ kind, count }: any) => [kind, count]);
    };
    expect(await counts()).toEqual([
      ['token_import', 2],
      ['voucher_group_create', 1],
    ]);
    expect(await counts(NARROW)).toEqual([['token_import', 1]]);
  });

  it('are found by the destination username, not case-sensitive', async () => {
    for (const name of ['anna@acme.example', 'ANNA@ACME.EXAMPLE', 'Anna@Acme.example']) {
      const { body } = await call('GET', `/operations?destinationUsername=${encodeURIComponent(name)}`);
      expect([name, body.items.length]).toEqual([name, 3]);
    }
    expect((await call('GET', '/operations?destinationUsername=anna')).body.items).toEqual([]);
  });
});
