import { Injectable } from '@nestjs/common';
import { Secret } from '../config/secrets/secret.js';
import type { CacheableRead } from '../http/caching/cacheable.read.js';
import { Import2Clients } from '../upstreams/import2/import2.clients.js';
import type { CreateMigrationDto } from './dto/create-migration.dto.js';
import { MigrationPaymentDto } from './dto/migration-payment.dto.js';
import { MigrationToolsDto } from './dto/migration-tools.dto.js';
import { MigrationDto } from './dto/migration.dto.js';
import { MigrationsDto } from './dto/migrations.dto.js';
import { StartedMigrationDto } from './dto/started-migration.dto.js';
import { SharedReads } from './shared.reads.js';

/** Migrations of customers from another tool. Failures are UpstreamErrors; the problem filter translates them. */
@Injectable()
export class MigrationsService {
  constructor(
    private readonly clients: Import2Clients,
    private readonly shared: SharedReads,
  ) {}

  async tools(read: CacheableRead): Promise<MigrationToolsDto> {
    const client = this.clients.of(read.tenant);
    const list = { client, upstream: 'import2', operation: 'tools_list', changes: false } as const;
    return MigrationToolsDto.from(await this.shared.list(read, { ...list, list: () => client.listTools() }));
  }

  async start(tenant: string, request: CreateMigrationDto): Promise<StartedMigrationDto> {
    const { destinationToken, ...rest } = request;
    const migration =
      destinationToken === undefined ? rest : { ...rest, destinationToken: new Secret(destinationToken) };
    return StartedMigrationDto.from(await this.clients.of(tenant).startMigration(migration));
  }

  async find(tenant: string, destinationUsername: string): Promise<MigrationsDto> {
    return MigrationsDto.from(await this.clients.of(tenant).findMigrations(destinationUsername));
  }

  async get(tenant: string, migrationId: string): Promise<MigrationDto> {
    return MigrationDto.from(await this.clients.of(tenant).getMigration(migrationId));
  }

  async acceptPayment(tenant: string, migrationId: string): Promise<MigrationPaymentDto> {
    await this.clients.of(tenant).acceptPayment(migrationId);
    return MigrationPaymentDto.from(migrationId, 'accepted');
  }

  async rejectPayment(tenant: string, migrationId: string): Promise<MigrationPaymentDto> {
    await this.clients.of(tenant).rejectPayment(migrationId);
    return MigrationPaymentDto.from(migrationId, 'rejected');
  }
}
