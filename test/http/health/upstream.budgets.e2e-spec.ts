import { Secret } from '../../../src/config/secrets/secret.js';
import type { CallerSettings } from '../../../src/config/settings/caller.settings.js';
import { SettingsSource } from '../../../src/config/settings/settings.source.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import { countedAccount } from '../../../src/config/vendor.limits.js';
import { sha256Of } from '../../support/settings.folder.js';
import type { BudgetRequest, Grant } from '../../../src/upstreams/budget/budget.types.js';
import { UpstreamBudgets } from '../../../src/upstreams/budget/upstream.budgets.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { until } from '../../support/until.js';

const NORTH = 'tg_ops_of_north';
const BOTH = 'tg_ops_of_north_and_south';

/** `south` shares the Import2 account of `demo`; `north` has one of its own. */
function withTenants(demo: Settings): Settings {
  const ours = demo.tenants.get('demo')!;
  const { budget: _, ...import2 } = ours.import2!;
  const own = { ...import2, apiToken: new Secret('token-of-north-only') };
  const caller = (key: string, tenants: string[]): CallerSettings => ({
    ...demo.callers[0]!,
    name: key.replaceAll('_', '-'),
    tenants,
    keys: [{ sha256: Buffer.from(sha256Of(key), 'hex') }],
    scopes: new Set(['ops:read']),
  });
  return {
    ...demo,
    tenants: new Map([
      ['demo', { ...ours, import2 }],
      ['north', { name: 'north', import2: own }],
      ['south', { name: 'south', import2 }],
    ]),
    callers: [...demo.callers, caller(NORTH, ['north']), caller(BOTH, ['north', 'south'])],
  };
}

const REQUEST: BudgetRequest = {
  caller: 'demo',
  weight: 1,
  callClass: 'interactive',
  operation: 'imports_get',
  waitMs: 10_000,
};

describe('the budgets in GET /health/upstreams and GET /metrics', () => {
  let gateway: TestGateway;
  let shared: string;
  let own: string;

  const accountOf = (tenant: string) => {
    const settings = gateway.app.get(SettingsSource).current;
    return countedAccount('import2', settings.tenants.get(tenant)!, settings)!;
  };
  const acquire = (tenant: string, request: Partial<BudgetRequest> = {}) => {
    const { account, limits } = accountOf(tenant);
    const budgets = gateway.app.get(UpstreamBudgets);
    return Promise.resolve(budgets.of(account, limits).acquire({ ...REQUEST, ...request }));
  };
  const budgetOf = async (account: string, key?: string) => {
    const { body } = await gateway.call('GET', '/health/upstreams', key === undefined ? {} : { key });
    return body.budgets.find((each: { account: string }) => each.account === account);
  };
  const seriesOf = async (name: string, account: string): Promise<Record<string, number>> => {
    const { text } = await gateway.call('GET', '/metrics');
    const found = [...text.matchAll(new RegExp(`^${name}\\{(.*)account="${account}"(.*)\\} (\\S+)$`, 'gm'))];
    return Object.fromEntries(
      found.map(([, , further = '', value]) => [further.replace(/^,/, ''), Number(value)]),
    );
  };
  const over = (grant: Grant) => {
    grant.head();
    grant.outcome({ kind: 'complete' });
    grant.release();
  };

  beforeAll(async () => {
    gateway = await startGateway({ settings: withTenants });
    shared = accountOf('demo').account;
    own = accountOf('north').account;
  });

  afterAll(() => gateway.close());

  it('show rate, places and tenants of an account, as set and as used', async () => {
    const grants = await Promise.all([acquire('demo'), acquire('south'), acquire('demo')]);
    expect(await budgetOf(shared)).toEqual({
      account: shared,
      upstream: 'import2',
      tenants: ['demo', 'south'],
      mode: 'local',
      breaker: { state: 'closed', reason: null, retryAfterMs: 0 },
      rate: { windowMs: 1_000, limit: 10, allowed: 10, used: 3 },
      places: { limit: 16, allowed: 16, used: 3 },
      interactive: { waiting: 0, waits: { calls: 3, p50Ms: expect.any(Number), p99Ms: expect.any(Number) } },
      background: { waiting: 0, waits: { calls: 0, p50Ms: 0, p99Ms: 0 } },
    });
    expect(await seriesOf('tollgate_budget_places_used', shared)).toEqual({ '': 3 });
    expect(await seriesOf('tollgate_budget_slots', shared)).toEqual({ '': 10 });
    grants.forEach(over);
    expect((await budgetOf(shared)).places.used).toBe(0);
  });

  it('show what waits by class, and how long calls waited', async () => {
    const grants = await Promise.all(
      Array.from({ length: 10 }, (_, at) => acquire('north', { operation: `o${at}` })),
    );
    const waiting = [acquire('north'), acquire('north', { callClass: 'background', caller: 'tollgate' })];
    const budget = await budgetOf(own);
    expect([budget.interactive.waiting, budget.background.waiting]).toEqual([1, 1]);
    expect(await seriesOf('tollgate_budget_waiting_calls', own)).toEqual({
      'class="interactive"': 1,
      'class="background"': 1,
    });
    grants.forEach(over);
    (await Promise.all(waiting)).forEach(over);
    const { background } = await budgetOf(own);
    expect(background.waiting).toBe(0);
    expect(background.waits.p99Ms).toBeGreaterThan(500);
  });

  it('show a breaker that the vendor has opened, its reason and the lowered rate', async () => {
    const grant = await acquire('north');
    grant.head();
    grant.outcome({ kind: 'throttled', retryAfterMs: 30_000 });
    grant.release();
    await until('the breaker is open', async () => (await budgetOf(own)).breaker.state === 'open');
    const { breaker, rate } = await budgetOf(own);
    expect(breaker).toEqual({ state: 'open', reason: 'throttled', retryAfterMs: expect.any(Number) });
    expect(breaker.retryAfterMs).toBeGreaterThan(25_000);
    expect(rate).toMatchObject({ limit: 10, allowed: 7 });
    expect(await seriesOf('tollgate_budget_breaker_open', own)).toEqual({
      'reason="throttled"': 1,
      'reason="failing"': 0,
    });
    expect(await seriesOf('tollgate_budget_allowed_ratio', own)).toEqual({ '': 0.7 });
    await expect(acquire('north')).rejects.toMatchObject({ reason: 'throttled' });
    expect(await seriesOf('tollgate_budget_refused_total', own)).toEqual({ 'reason="throttled"': 1 });
  });

  it('are for callers that may see every tenant of the account', async () => {
    expect(await budgetOf(own, NORTH)).toMatchObject({ tenants: ['north'] });
    expect(await budgetOf(shared, NORTH)).toBeUndefined();
    expect(await budgetOf(shared, BOTH)).toBeUndefined();
    const { text } = await gateway.call('GET', '/metrics', { key: BOTH });
    expect(text).not.toContain(shared);
  });
});
