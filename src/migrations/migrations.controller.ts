import { Controller, Get, Post } from '@nestjs/common';
import { Access } from '../http/auth/access.decorator.js';
import { CurrentTenant } from '../http/auth/caller.js';
import { CurrentOperation } from '../http/idempotency/current.operation.js';
import { Idempotent } from '../http/idempotency/idempotent.decorator.js';
import { IdempotentRun } from '../http/idempotency/idempotent.run.js';
import { Documented } from '../http/openapi/documented.decorator.js';
import { CreateMigrationDto } from './dto/create-migration.dto.js';
import { ListMigrationsQueryDto } from './dto/list-migrations-query.dto.js';
import { MigrationPaymentDto } from './dto/migration-payment.dto.js';
import { MigrationDto } from './dto/migration.dto.js';
import { MigrationsDto } from './dto/migrations.dto.js';
import { StartedMigrationDto } from './dto/started-migration.dto.js';
import { MIGRATIONS_DOCS } from './migrations.docs.js';
import { MigrationId } from './migration.id.param.js';
import { MigrationsService } from './migrations.service.js';
import { MIGRATION_CREATE, MIGRATION_PAYMENT_ACCEPT, MIGRATION_PAYMENT_REJECT } from './migrations.writes.js';
import { ValidBody, ValidQuery } from '../http/problems/valid.input.js';

const migrationId = ({ id }: StartedMigrationDto): string => id;
const migrationPath = ({ id }: StartedMigrationDto): string => `/v1/migrations/${id}`;

@Documented('Migrations', MIGRATIONS_DOCS)
@Controller('migrations')
export class MigrationsController {
  constructor(private readonly migrations: MigrationsService) {}

  @Post()
  @Idempotent({ write: MIGRATION_CREATE, key: 'required' })
  @Access('migrations:write')
  create(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @ValidBody() body: CreateMigrationDto,
  ): Promise<StartedMigrationDto> {
    return operation.run(() => this.migrations.start(tenant, body), migrationPath, migrationId);
  }

  @Get()
  @Access('migrations:read')
  list(@CurrentTenant() tenant: string, @ValidQuery() query: ListMigrationsQueryDto): Promise<MigrationsDto> {
    return this.migrations.find(tenant, query.destinationUsername);
  }

  @Get(':id')
  @Access('migrations:read')
  get(@CurrentTenant() tenant: string, @MigrationId() migrationId: string): Promise<MigrationDto> {
    return this.migrations.get(tenant, migrationId);
  }

  @Post(':id/payment/accept')
  @Idempotent({ write: MIGRATION_PAYMENT_ACCEPT, key: 'required', status: 200 })
  @Access('migrations:pay')
  acceptPayment(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @MigrationId() migrationId: string,
  ): Promise<MigrationPaymentDto> {
    return operation.run(() => this.migrations.acceptPayment(tenant, migrationId));
  }

  @Post(':id/payment/reject')
  @Idempotent({ write: MIGRATION_PAYMENT_REJECT, key: 'required', status: 200 })
  @Access('migrations:pay')
  rejectPayment(
    @CurrentOperation() operation: IdempotentRun,
    @CurrentTenant() tenant: string,
    @MigrationId() migrationId: string,
  ): Promise<MigrationPaymentDto> {
    return operation.run(() => this.migrations.rejectPayment(tenant, migrationId));
  }
}
