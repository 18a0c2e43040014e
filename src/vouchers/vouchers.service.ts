import { Injectable } from '@nestjs/common';
import type { Caller } from '../http/auth/caller.js';
import { OperationsService } from '../http/operations/operations.service.js';
import { operationNotFound } from '../http/operations/operation.problems.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import type { CreateVoucherGroupDto } from './dto/create-voucher-group.dto.js';
import { DrawnVouchersDto } from './dto/drawn-vouchers.dto.js';
import { GeneratedVouchersDto } from './dto/generated-vouchers.dto.js';
import type { HandOutVoucherDto } from './dto/hand-out-voucher.dto.js';
import type { ListVoucherGroupsQueryDto } from './dto/list-voucher-groups-query.dto.js';
import { RecordedHandoutDto } from './dto/recorded-handout.dto.js';
import type { UpdateVoucherGroupDto } from './dto/update-voucher-group.dto.js';
import { VoucherGroupDto } from './dto/voucher-group.dto.js';
import { VoucherGroupsDto } from './dto/voucher-groups.dto.js';
import { VoucherHandoutDto } from './dto/voucher-handout.dto.js';
import { VoucherDto } from './dto/voucher.dto.js';

/** Vouchers and their groups. Failures are UpstreamErrors; the problem filter translates them. */
@Injectable()
export class VouchersService {
  constructor(
    private readonly spid: SpidClients,
    private readonly operations: OperationsService,
  ) {}

  /** Never retry: every call that reaches the upstream takes another voucher (SPiD B7). */
  async handOut(tenant: string, handout: HandOutVoucherDto, id: string): Promise<VoucherHandoutDto> {
    await this.spid.of(tenant).handOutVoucher(handout.userId, handout.voucherGroupId);
    return VoucherHandoutDto.from(id, handout, new Date());
  }

  /** Reads the ledger: the upstream has no endpoint for it (SPiD B7). @throws ProblemError operation-not-found */
  async getHandout(caller: Caller, id: string): Promise<RecordedHandoutDto> {
    const operation = await this.operations.find(caller, id);
    if (operation.kind !== 'voucher_handout') throw operationNotFound();
    return RecordedHandoutDto.from(operation, await this.operations.answerOf(operation));
  }

  async listGroups(tenant: string, search: ListVoucherGroupsQueryDto): Promise<VoucherGroupsDto> {
    return VoucherGroupsDto.from(await this.spid.of(tenant).listVoucherGroups(search));
  }

  async getGroup(tenant: string, id: string): Promise<VoucherGroupDto> {
    return VoucherGroupDto.from(await this.spid.of(tenant).getVoucherGroup(id));
  }

  async createGroup(tenant: string, group: CreateVoucherGroupDto): Promise<VoucherGroupDto> {
    return VoucherGroupDto.from(await this.spid.of(tenant).createVoucherGroup(group));
  }

  async updateGroup(tenant: string, id: string, change: UpdateVoucherGroupDto): Promise<VoucherGroupDto> {
    return VoucherGroupDto.from(await this.spid.of(tenant).updateVoucherGroup(id, change));
  }

  async generate(tenant: string, groupId: string, amount: number): Promise<GeneratedVouchersDto> {
    await this.spid.of(tenant).generateVouchers(groupId, amount);
    return GeneratedVouchersDto.from(groupId, amount);
  }

  async drawCodes(tenant: string, groupId: string, amount: number): Promise<DrawnVouchersDto> {
    return DrawnVouchersDto.from(await this.spid.of(tenant).drawVouchers(groupId, amount));
  }

  async getVoucher(tenant: string, code: string): Promise<VoucherDto> {
    return VoucherDto.from(await this.spid.of(tenant).getVoucher(code));
  }
}
