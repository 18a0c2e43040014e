import { SettingsSource } from '../../../src/config/settings/settings.source.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { until } from '../../support/until.js';

const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

/** Calls of a minute: they are still counted when the test asks. */
const BUDGET = { requests: 100, perSeconds: 60 };

interface ShownBudget {
  readonly upstream: string;
  readonly mode: string;
  readonly rate: { readonly used: number } | null;
}

describe('GET /health/upstreams of two replicas with one Redis', () => {
  const replicas: TestGateway[] = [];

  beforeAll(async () => {
    const first = await startGateway({
      env: { REDIS_URL },
      settings: (demo) => {
        const tenant = demo.tenants.get('demo')!;
        const import2 = { ...tenant.import2!, budget: BUDGET };
        return { ...demo, tenants: new Map([['demo', { ...tenant, import2 }]]) };
      },
    });
    replicas.push(first);
    replicas.push(
      await startGateway({
        env: { REDIS_URL },
        // The same vendors and keys, so the same accounts.
        settings: () => first.app.get(SettingsSource).current,
      }),
    );
  });

  afterAll(() => Promise.all(replicas.map((replica) => replica.close())));

  const budgetOf = async (replica: TestGateway | undefined, upstream: string) => {
    const { body } = await replica!.call('GET', '/health/upstreams');
    return (body.budgets as ShownBudget[]).find((budget) => budget.upstream === upstream);
  };

  it('shows the calls of both for an account with a rate, and those of one process for an account without', async () => {
    for (const replica of replicas) {
      expect((await replica.call('GET', '/v1/migration-tools')).status).toBe(200);
      expect((await replica.call('GET', '/v1/users/42/entitlements/1337')).status).toBe(200);
    }
    for (const replica of replicas) {
      await until(
        'both calls are counted',
        async () => (await budgetOf(replica, 'import2'))?.rate?.used === 2,
      );
      expect(await budgetOf(replica, 'import2')).toMatchObject({
        mode: 'shared',
        rate: { limit: 100, windowMs: 60_000 },
      });
      expect(await budgetOf(replica, 'spid')).toMatchObject({ mode: 'local', rate: null });
    }
  });
});
