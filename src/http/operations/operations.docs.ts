import type { RouteDocs } from '../openapi/documented.decorator.js';
import { OperationDto } from './dto/operation.dto.js';
import { OperationsSummaryDto } from './dto/operations-summary.dto.js';
import { OperationsDto } from './dto/operations.dto.js';

export const OPERATIONS_DOCS = {
  listOperations: {
    operationId: 'listOperations',
    summary: 'List writes and what became of them',
    description:
      'Newest first. A caller sees its own operations; one that holds `operations:resolve` sees all of the tenant. A ' +
      'page takes some milliseconds, however many operations there are: where the filters match few of many, it may ' +
      'hold fewer than `limit`, or none; go on until `nextCursor` is null. Safe to repeat.',
    returns: OperationsDto,
    success: 'One page of operations.',
    reads: 'ledger',
  },
  summarizeOperations: {
    operationId: 'summarizeOperations',
    summary: 'Count the writes without a known outcome',
    description:
      'By kind, by what they wait for, and by what the evidence speaks for. Of the same operations as the list. ' +
      'Safe to repeat.',
    returns: OperationsSummaryDto,
    success: 'The counts.',
    reads: 'ledger',
  },
  getOperation: {
    operationId: 'getOperation',
    summary: 'Read what became of a write',
    description:
      'After `outcome: unknown`, ask here until the state is final. The operation of another caller is not found, ' +
      'unless you hold `operations:resolve`. Safe to repeat.',
    returns: OperationDto,
    success: 'The operation.',
    reads: 'ledger',
    problems: ['operation-not-found'],
  },
  probeOperation: {
    operationId: 'probeOperation',
    summary: 'Read the upstream for the effect of an unknown operation',
    description:
      'One read of the upstream; what it shows is added to `evidence` and may change `recommendation`. The state stays ' +
      'as it is. In its problems, `outcome` beside `operation` is that of the operation. Safe to repeat, every few ' +
      'seconds.',
    returns: OperationDto,
    success: 'The operation with what was seen.',
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
    summary: 'Decide what became of an unknown operation',
    description:
      'For people who have seen what the upstream shows. The decision is final: a second one is answered 409. With ' +
      '`If-Match` it is taken only as long as the operation is as it was read. Sends nothing to an upstream. In its ' +
      'problems, `outcome` beside `operation` is that of the operation.',
    returns: OperationDto,
    success: 'The operation with its final state.',
    reads: 'ledger',
    problems: [
      'operation-not-found',
      'operation-already-decided',
      'operation-in-progress',
      'operation-changed',
      'migration-taken',
    ],
  },
} as const satisfies Record<string, RouteDocs>;
