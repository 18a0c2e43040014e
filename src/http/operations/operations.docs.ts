import { ApiBody } from '../api.decorators.js';
import type { RouteDocs } from '../openapi/documented.decorator.js';
import { OperationDto } from './dto/operation.dto.js';
import { OperationsSummaryDto } from './dto/operations-summary.dto.js';
import { OperationsDto } from './dto/operations.dto.js';
import { ResolveOperationDto } from './dto/resolve-operation.dto.js';

export const OPERATIONS_DOCS = {
  listOperations: {
    operationId: 'listOperations',
    summary: 'List operations and their outcomes',
    description:
      'Newest first, of all tenants of the caller unless `Tollgate-Tenant` names one. A caller sees its own ' +
      'operations; with `operations:resolve`, those of all callers of these tenants. The work for a page is bounded, so if the filters match few of many operations, a page ' +
      'may hold fewer than `limit`, or none: continue until `nextCursor` is null. Safe to repeat.',
    returns: OperationsDto,
    success: 'One page of operations.',
    reads: 'ledger',
  },
  summarizeOperations: {
    operationId: 'summarizeOperations',
    summary: 'Count the operations with an unknown outcome',
    description:
      'By kind, by what they wait for, and by recommendation. Counts the same operations that the list ' +
      'returns, but of each tenant only the oldest of each such group, so that it stays quick after an outage: ' +
      'with `hasMore`, `count` is the least that there are. Safe to repeat.',
    returns: OperationsSummaryDto,
    success: 'The counts.',
    reads: 'ledger',
  },
  getOperation: {
    operationId: 'getOperation',
    summary: 'Read an operation and its outcome',
    description:
      'After `outcome: unknown`, poll it until the state is final. Operations of other callers return 404, ' +
      'unless you hold `operations:resolve`. Safe to repeat.',
    returns: OperationDto,
    success: 'The operation.',
    reads: 'ledger',
    problems: ['operation-not-found'],
  },
  probeOperation: {
    operationId: 'probeOperation',
    summary: 'Probe the upstream for the effect of an unknown operation',
    description:
      'Reads from the upstream once, adds the result to `evidence`, and may change `recommendation`; never ' +
      'changes the state. In a problem with `operation`, `outcome` is the outcome of that operation. Safe to ' +
      'repeat, once every few seconds.',
    returns: OperationDto,
    success: 'The operation with the result of the probe.',
    reads: 'upstream',
    problems: [
      'operation-not-found',
      'operation-already-decided',
      'operation-in-progress',
      'probe-refused',
      'ledger-unavailable',
    ],
  },
  resolveOperation: {
    operationId: 'resolveOperation',
    summary: 'Decide the outcome of an unknown operation',
    description:
      'For a person who has checked the upstream. The decision is final: a second one returns 409. With ' +
      '`If-Match` it is accepted only if the operation has not changed since it was read. Sends nothing to ' +
      'an upstream. In a problem with `operation`, `outcome` is the outcome of that operation.',
    returns: OperationDto,
    success: 'The operation with its final state.',
    reads: 'ledger',
    also: [
      // Without an id of a migration, which is only for operations that create one.
      ApiBody({
        type: ResolveOperationDto,
        examples: {
          notExecuted: {
            value: {
              decision: 'not_executed',
              reason: 'The voucher list of the user shows none from this group.',
            },
          },
        },
      }),
    ],
    problems: [
      'operation-not-found',
      'operation-already-decided',
      'operation-in-progress',
      'operation-changed',
      'migration-taken',
    ],
  },
} as const satisfies Record<string, RouteDocs>;
