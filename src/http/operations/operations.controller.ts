import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../auth/access.decorator.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiIdParam } from '../fields/api-id-param.decorator.js';
import { ID_LENGTH_MAX } from '../fields/fields.js';
import { IdPipe } from '../fields/id.pipe.js';
import { ApiProblems } from '../problems/api-problems.decorator.js';
import { ListOperationsQueryDto } from './dto/list-operations-query.dto.js';
import { OperationDto } from './dto/operation.dto.js';
import { OperationsDto } from './dto/operations.dto.js';
import { ResolveOperationDto } from './dto/resolve-operation.dto.js';
import { OperationsService } from './operations.service.js';

const OPERATION_ID = new IdPipe('id', ID_LENGTH_MAX);
const EXAMPLE_ID = '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f';

@ApiTags('Operations')
@Controller('operations')
export class OperationsController {
  constructor(private readonly operations: OperationsService) {}

  @Get()
  @Access('operations:read')
  @ApiOperation({
    operationId: 'listOperations',
    summary: 'List writes and what became of them',
    description:
      'Newest first. A caller sees its own operations; one that holds `operations:resolve` sees all of the tenant. ' +
      'Safe to repeat.',
  })
  @ApiOkResponse({ description: 'One page of operations.', type: OperationsDto })
  @ApiProblems('ledger-unavailable')
  listOperations(
    @CurrentCaller() caller: Caller,
    @Query() query: ListOperationsQueryDto,
  ): Promise<OperationsDto> {
    return this.operations.list(caller, query);
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
  @ApiIdParam('id', 'Id of the operation.', EXAMPLE_ID)
  @ApiOkResponse({ description: 'The operation.', type: OperationDto })
  @ApiProblems('operation-not-found', 'ledger-unavailable')
  getOperation(
    @CurrentCaller() caller: Caller,
    @Param('id', OPERATION_ID) id: string,
  ): Promise<OperationDto> {
    return this.operations.get(caller, id);
  }

  @Post(':id/resolution')
  @HttpCode(200)
  @Access('operations:resolve')
  @ApiOperation({
    operationId: 'resolveOperation',
    summary: 'Decide what became of an unknown operation',
    description:
      'For people who have looked at the upstream. The decision is final: a second one is answered 409. Sends ' +
      'nothing to an upstream. In its problems, `outcome` beside `operation` is that of the operation.',
  })
  @ApiIdParam('id', 'Id of the operation.', EXAMPLE_ID)
  @ApiOkResponse({ description: 'The operation with its final state.', type: OperationDto })
  @ApiProblems(
    'operation-not-found',
    'operation-already-decided',
    'operation-in-progress',
    'ledger-unavailable',
  )
  resolveOperation(
    @CurrentCaller() caller: Caller,
    @Param('id', OPERATION_ID) id: string,
    @Body() resolution: ResolveOperationDto,
  ): Promise<OperationDto> {
    return this.operations.resolve(caller, id, resolution);
  }
}
