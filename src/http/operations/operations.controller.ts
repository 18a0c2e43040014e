import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { Access } from '../auth/access.decorator.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { idParam } from '../fields/id-param.decorator.js';
import { Documented } from '../openapi/documented.decorator.js';
import { ListOperationsQueryDto } from './dto/list-operations-query.dto.js';
import { OperationDto } from './dto/operation.dto.js';
import { OperationsSummaryDto } from './dto/operations-summary.dto.js';
import { OperationsDto } from './dto/operations.dto.js';
import { ResolveOperationDto } from './dto/resolve-operation.dto.js';
import type { ExpectedTags } from './operation.etag.js';
import { OperationsDecisionsService } from './operations.decisions.service.js';
import { OPERATIONS_DOCS } from './operations.docs.js';
import { OperationsService } from './operations.service.js';
import { IfMatch, TaggedOperation } from './operation.etag.decorators.js';
import { ValidBody, ValidQuery } from '../problems/valid.input.js';

const OperationId = idParam('id', {
  description: 'Id of the operation.',
  example: '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f',
});

@Documented('Operations', OPERATIONS_DOCS)
@Controller('operations')
export class OperationsController {
  constructor(
    private readonly operations: OperationsService,
    private readonly decisions: OperationsDecisionsService,
  ) {}

  @Get()
  @Access('operations:read', { tenants: 'all' })
  listOperations(
    @CurrentCaller() caller: Caller,
    @ValidQuery() query: ListOperationsQueryDto,
  ): Promise<OperationsDto> {
    return this.operations.list(caller, query);
  }

  @Get('summary')
  @Access('operations:read', { tenants: 'all' })
  summarizeOperations(@CurrentCaller() caller: Caller): Promise<OperationsSummaryDto> {
    return this.operations.summarize(caller);
  }

  @Get(':id')
  @Access('operations:read', { tenants: 'all' })
  @TaggedOperation()
  getOperation(@CurrentCaller() caller: Caller, @OperationId() id: string): Promise<OperationDto> {
    return this.operations.get(caller, id);
  }

  @Post(':id/probe')
  @HttpCode(200)
  @Access('operations:resolve', { tenants: 'all' })
  @TaggedOperation()
  probeOperation(@CurrentCaller() caller: Caller, @OperationId() id: string): Promise<OperationDto> {
    return this.decisions.probe(caller, id);
  }

  @Post(':id/resolution')
  @HttpCode(200)
  @Access('operations:resolve', { tenants: 'all' })
  @TaggedOperation()
  resolveOperation(
    @CurrentCaller() caller: Caller,
    @OperationId() id: string,
    @IfMatch() expected: ExpectedTags | undefined,
    @ValidBody() resolution: ResolveOperationDto,
  ): Promise<OperationDto> {
    return this.decisions.resolve(caller, id, resolution, expected);
  }
}
