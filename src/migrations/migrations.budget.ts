import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type WriteBudget, WriteBudgets } from '../http/idempotency/write.budgets.js';
import type { OperationWrite } from '../ledger/operation.types.js';
import { Import2Clients } from '../upstreams/import2/import2.clients.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import type { UpstreamError } from '../upstreams/transport/upstream.errors.js';

/** Asks the budgets about writes on migrations, at Import2, and imports of tokens, at SPiD, before they start. */
@Injectable()
export class MigrationsBudget implements WriteBudget, OnModuleInit {
  readonly kinds = [
    'migration_create',
    'migration_payment_accept',
    'migration_payment_reject',
    'token_import',
  ] as const;

  constructor(
    private readonly import2: Import2Clients,
    private readonly spid: SpidClients,
    private readonly budgets: WriteBudgets,
  ) {}

  onModuleInit(): void {
    this.budgets.add(this);
  }

  refusalOfWrite({ kind, tenant }: OperationWrite): UpstreamError | undefined {
    if (kind === 'token_import') return this.spid.of(tenant).refusalOf('importTokens');
    const client = this.import2.of(tenant);
    if (kind === 'migration_create') return client.refusalOf('startMigration');
    return client.refusalOf(kind === 'migration_payment_accept' ? 'acceptPayment' : 'rejectPayment');
  }

  refusalOfSnapshot({ tenant }: OperationWrite): UpstreamError | undefined {
    return this.import2.of(tenant).refusalOf('findMigrations');
  }
}
