import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type WriteBudget, WriteBudgets } from '../http/idempotency/write.budgets.js';
import type { OperationWrite } from '../ledger/operation.types.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import type { UpstreamError } from '../upstreams/transport/upstream.errors.js';

/** Asks SPiD's budget about grants and revocations before they start. */
@Injectable()
export class EntitlementsBudget implements WriteBudget, OnModuleInit {
  readonly kinds = ['entitlement_grant', 'entitlement_revoke'] as const;

  constructor(
    private readonly spid: SpidClients,
    private readonly budgets: WriteBudgets,
  ) {}

  onModuleInit(): void {
    this.budgets.add(this);
  }

  refusalOfWrite({ kind, tenant }: OperationWrite): UpstreamError | undefined {
    const call = kind === 'entitlement_grant' ? 'grantProduct' : 'revokeProduct';
    return this.spid.of(tenant).refusalOf(call);
  }

  refusalOfSnapshot({ tenant }: OperationWrite): UpstreamError | undefined {
    return this.spid.of(tenant).refusalOf('getProductAccess');
  }
}
