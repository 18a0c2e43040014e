import type { OperationQueries } from '../../ledger/queries/operation.queries.js';
import type { OperationSummary } from '../../ledger/queries/operation.summary.js';
import type { ReconciliationWorker } from '../../reconciliation/reconciliation.worker.js';
import type { Caller } from '../auth/caller.js';
import type { KnownOutcomeProblems } from './known.outcome.problems.js';
import { OperationsService } from './operations.service.js';

describe('a list of operations', () => {
  const asked: unknown[] = [];
  const queries = {
    list: ({ tenant }: { tenant: unknown }) => {
      asked.push(tenant);
      return Promise.resolve({ items: [], nextCursor: null });
    },
  } as unknown as OperationQueries;
  const service = new OperationsService(
    queries,
    {} as OperationSummary,
    {} as KnownOutcomeProblems,
    {} as ReconciliationWorker,
  );
  const callerOf = (count: number) => {
    const tenants = Array.from({ length: count }, (_, at) => `tenant-${at}`);
    return {
      name: 'ops',
      tenant: 'tenant-0',
      tenants,
      scopes: new Set(),
      resources: {},
    } as unknown as Caller;
  };

  it('covers 50 tenants, and of more asks for the name of one', async () => {
    await service.list(callerOf(50), { limit: 1 });
    expect(asked).toEqual([callerOf(50).tenants]);
    await expect(service.list(callerOf(51), { limit: 1 })).rejects.toMatchObject({
      slug: 'validation-failed',
      options: { errors: [{ pointer: '/headers/Tollgate-Tenant', detail: 'is missing' }] },
    });
    expect(asked).toHaveLength(1);
  });
});
