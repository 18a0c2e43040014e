import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../auth/access.decorator.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { idParam } from '../fields/id-param.decorator.js';
import { ApiProblems } from '../problems/api-problems.decorator.js';
import { UPSTREAM_READ } from '../problems/upstream.slugs.js';
import { ListOperationsQueryDto } from './dto/list-operations-query.dto.js';
import { OperationDto } from './dto/operation.dto.js';
import { OperationsSummaryDto } from './dto/operations-summary.dto.js';
import { OperationsDto } from './dto/operations.dto.js';
import { ResolveOperationDto } from './dto/resolve-operation.dto.js';
import type { ExpectedTags } from './operation.tag.js';
import { OperationsDecisionsService } from './operations.decisions.service.js';
import { OperationsService } from './operations.service.js';
import { AnswersOperation, IfMatch } from './tagged.operation.decorator.js';

const OperationId = idParam('id', {
  description: 'Id of the operation.',
  example: '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f',
});

@ApiTags('Operations')
@Controller('operations')
export class OperationsController {
  constructor(
    private readonly operations: OperationsService,
    private readonly decisions: OperationsDecisionsService,
  ) {}

  @Get()
  @Access('operations:read')
  @ApiOperation({
    operationId: 'listOperations',
    summary: 'List writes and what became of them',
    description:
      'Newest first. A caller sees its own operations; one that holds `operations:resolve` sees all of the tenant. A ' +
      'page takes some milliseconds, however many operations there are: where the filters match few of many, it may ' +
      'hold fewer than `limit`, or none; go on until `nextCursor` is null. Safe to repeat.',
  })
  @ApiOkResponse({ description: 'One page of operations.', type: OperationsDto })
  @ApiProblems('ledger-unavailable')
  listOperations(
    @CurrentCaller() caller: Caller,
    @Query() query: ListOperationsQueryDto,
  ): Promise<OperationsDto> {
    return this.operations.list(caller, query);
  }

  @Get('summary')
  @Access('operations:read')
  @ApiOperation({
    operationId: 'summarizeOperations',
    summary: 'Count the writes without a known outcome',
    description:
      'By kind, by what they wait for, and by what the evidence speaks for. Of the same operations as the list. ' +
      'Safe to repeat.',
  })
  @ApiOkResponse({ description: 'The counts.', type: OperationsSummaryDto })
  @ApiProblems('ledger-unavailable')
  summarizeOperations(@CurrentCaller() caller: Caller): Promise<OperationsSummaryDto> {
    return this.operations.summarize(caller);
  }

  @Get(':id')
  @Access('operations:read')
  @ApiOperation({
    operationId: 'getOperation',
    summary: 'Read what became of a write',
    description:
      'After `outcome: unknown`, ask here until the state is final. The operation of another caller is not found, ' +
      'unless you hold `operations:resolve`. Safe to repeat.',
  })
  @AnswersOperation('The operation.')
  @ApiProblems('operation-not-found', 'ledger-unavailable')
  getOperation(@CurrentCaller() caller: Caller, @OperationId() id: string): Promise<OperationDto> {
    return this.operations.get(caller, id);
  }

  @Post(':id/probe')
  @HttpCode(200)
  @Access('operations:resolve')
  @ApiOperation({
    operationId: 'probeOperation',
    summary: 'Read the upstream for the effect of an unknown operation',
    description:
      'One read of the upstream; what it shows is added to `evidence` and may change `recommendation`. The state stays ' +
      'as it is. In its problems, `outcome` beside `operation` is that of the operation. Safe to repeat, every few ' +
      'seconds.',
  })
  @AnswersOperation('The operation with what was seen.')
  @ApiProblems(
    ...UPSTREAM_READ,
    'operation-not-found',
    'operation-already-decided',
    'operation-in-progress',
    'probe-refused',
    'ledger-unavailable',
  )
  probeOperation(@CurrentCaller() caller: Caller, @OperationId() id: string): Promise<OperationDto> {
    return this.decisions.probe(caller, id);
  }

  @Post(':id/resolution')
  @HttpCode(200)
  @Access('operations:resolve')
  @ApiOperation({
    operationId: 'resolveOperation',
    summary: 'Decide what became of an unknown operation',
    description:
      'For people who have seen what the upstream shows. The decision is final: a second one is answered 409. With ' +
      '`If-Match` it is taken only as long as the operation is as it was read. Sends nothing to an upstream. In its ' +
      'problems, `outcome` beside `operation` is that of the operation.',
  })
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description:
      'Decide only if the operation still has one of these tags, from the `ETag` of an earlier answer.',
    schema: { type: 'string', example: '"Jb0tXr6xq0W4w2mGkYQ1xA"' },
  })
  @AnswersOperation('The operation with its final state.')
  @ApiProblems(
    'operation-not-found',
    'operation-already-decided',
    'operation-in-progress',
    'operation-changed',
    'migration-taken',
    'ledger-unavailable',
  )
  resolveOperation(
    @CurrentCaller() caller: Caller,
    @OperationId() id: string,
    @IfMatch() expected: ExpectedTags | undefined,
    @Body() resolution: ResolveOperationDto,
  ): Promise<OperationDto> {
    return this.decisions.resolve(caller, id, resolution, expected);
  }
}
