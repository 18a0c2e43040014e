import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type WriteBudget, WriteBudgets } from '../http/idempotency/write.budgets.js';
import type { OperationWrite } from '../ledger/operation.types.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import type { UpstreamError } from '../upstreams/transport/upstream.errors.js';

const CALLS = {
  voucher_group_create: 'createVoucherGroup',
  voucher_group_update: 'updateVoucherGroup',
  vouchers_generate: 'generateVouchers',
  voucher_codes_draw: 'drawVouchers',
  voucher_handout: 'handOutVoucher',
} as const;

/** Asks SPiD's budget about writes on vouchers and their groups before they start. */
@Injectable()
export class VouchersBudget implements WriteBudget, OnModuleInit {
  readonly kinds = Object.keys(CALLS) as (keyof typeof CALLS)[];

  constructor(
    private readonly spid: SpidClients,
    private readonly budgets: WriteBudgets,
  ) {}

  onModuleInit(): void {
    this.budgets.add(this);
  }

  refusalOfWrite({ kind, tenant }: OperationWrite): UpstreamError | undefined {
    return this.spid.of(tenant).refusalOf(CALLS[kind as keyof typeof CALLS]);
  }

  refusalOfSnapshot({ tenant }: OperationWrite): UpstreamError | undefined {
    return this.spid.of(tenant).refusalOf('getVoucherGroup');
  }
}
