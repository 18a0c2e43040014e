import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access } from '../http/auth/access.decorator.js';
import { CurrentTenant } from '../http/auth/caller.js';
import { IdPipe } from '../http/fields/id.pipe.js';
import { Idempotent } from '../http/operations/idempotent.decorator.js';
import { CurrentOperation } from '../http/operations/operation.interceptor.js';
import { OperationRun } from '../http/operations/operation.run.js';
import { ApiProblems } from '../http/problems/api-problems.decorator.js';
import { UPSTREAM_PREPARED_WRITE, UPSTREAM_READ, UPSTREAM_WRITE } from '../http/problems/upstream.slugs.js';
import { MIGRATION_ID_LENGTH_MAX } from '../upstreams/import2/import2.nouns.js';
import { CreateMigrationDto } from './dto/create-migration.dto.js';
import { ListMigrationsQueryDto } from './dto/list-migrations-query.dto.js';
import { MigrationPaymentDto } from './dto/migration-payment.dto.js';
import { MigrationDto } from './dto/migration.dto.js';
import { MigrationsDto } from './dto/migrations.dto.js';
import { StartedMigrationDto } from './dto/started-migration.dto.js';
import { MigrationsService } from './migrations.service.js';

const MIGRATION_ID = new IdPipe('id', MIGRATION_ID_LENGTH_MAX);

@ApiTags('Migrations')
@Controller('migrations')
export class MigrationsController {
  constructor(private readonly migrations: MigrationsService) {}

  @Post()
  @Idempotent({ kind: 'migration_create', key: 'required' })
  @Access('migrations:write')
  @ApiOperation({
    operationId: 'createMigration',
    summary: 'Start a migration of one customer',
    description:
      'Answers 201 with the address to which the customer must be sent. May take seconds: the upstream looks into ' +
      'the destination account first. Repeat it after `outcome: not_executed`. After `outcome: unknown` list the ' +
      'migrations of the destination username first; one without a destination username cannot be found again.',
  })
  @ApiCreatedResponse({
    type: StartedMigrationDto,
    headers: { Location: { description: 'Path of the migration.', schema: { type: 'string' } } },
  })
  @ApiProblems(...UPSTREAM_PREPARED_WRITE)
  create(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Body() body: CreateMigrationDto,
  ): Promise<StartedMigrationDto> {
    return operation.run(
      () => this.migrations.start(tenant, body),
      ({ id }) => `/v1/migrations/${id}`,
    );
  }

  @Get()
  @Access('migrations:read')
  @ApiOperation({
    operationId: 'listMigrations',
    summary: 'List the migrations of one user of the destination',
    description: 'Cancelled and archived migrations are not listed. Safe to repeat at any time.',
  })
  @ApiOkResponse({ type: MigrationsDto })
  @ApiProblems(...UPSTREAM_READ)
  list(@CurrentTenant() tenant: string, @Query() query: ListMigrationsQueryDto): Promise<MigrationsDto> {
    return this.migrations.find(tenant, query.destinationUsername);
  }

  @Get(':id')
  @Access('migrations:read')
  @ApiOperation({
    operationId: 'getMigration',
    summary: 'Read where a migration stands',
    description: 'A migration that was cancelled or archived is not found. Safe to repeat at any time.',
  })
  @ApiOkResponse({ type: MigrationDto })
  @ApiProblems(...UPSTREAM_READ, 'migration-not-found')
  get(
    @CurrentTenant() tenant: string,
    @Param('id', MIGRATION_ID) migrationId: string,
  ): Promise<MigrationDto> {
    return this.migrations.get(tenant, migrationId);
  }

  @Post(':id/payment/accept')
  @HttpCode(200)
  @Idempotent({ kind: 'migration_payment_accept', key: 'required' })
  @Access('migrations:pay')
  @ApiOperation({
    operationId: 'acceptMigrationPayment',
    summary: 'Promise that the tenant pays for a migration',
    description:
      'The customer may then start the full migration; this call does not start it. Repeat it after ' +
      '`outcome: not_executed`. What a second promise does at the upstream is not documented.',
  })
  @ApiOkResponse({ type: MigrationPaymentDto })
  @ApiProblems(...UPSTREAM_WRITE, 'migration-not-found')
  acceptPayment(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Param('id', MIGRATION_ID) migrationId: string,
  ): Promise<MigrationPaymentDto> {
    return operation.run(() => this.migrations.acceptPayment(tenant, migrationId));
  }

  @Post(':id/payment/reject')
  @HttpCode(200)
  @Idempotent({ kind: 'migration_payment_reject', key: 'required' })
  @Access('migrations:pay')
  @ApiOperation({
    operationId: 'rejectMigrationPayment',
    summary: 'Leave the payment of a migration to the customer',
    description:
      'Repeat it after `outcome: not_executed`. What it does after a promise to pay is not documented by the upstream.',
  })
  @ApiOkResponse({ type: MigrationPaymentDto })
  @ApiProblems(...UPSTREAM_WRITE, 'migration-not-found')
  rejectPayment(
    @CurrentOperation() operation: OperationRun,
    @CurrentTenant() tenant: string,
    @Param('id', MIGRATION_ID) migrationId: string,
  ): Promise<MigrationPaymentDto> {
    return operation.run(() => this.migrations.rejectPayment(tenant, migrationId));
  }
}
