import { Injectable } from '@nestjs/common';
import type { Caller } from '../http/auth/caller.js';
import { OperationsService } from '../http/operations/operations.service.js';
import { operationNotFound } from '../http/operations/operation.not.found.js';
import { ProblemError } from '../http/problems/problem.error.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import type { CreateVoucherGroupDto } from './dto/create-voucher-group.dto.js';
import { DrawnVouchersDto } from './dto/drawn-vouchers.dto.js';
import { GeneratedVouchersDto } from './dto/generated-vouchers.dto.js';
import type { HandOutVoucherDto } from './dto/hand-out-voucher.dto.js';
import type { ListVoucherGroupsQueryDto } from './dto/list-voucher-groups-query.dto.js';
import { RecordedHandoutDto } from './dto/recorded-handout.dto.js';
import type { UpdateVoucherGroupDto } from './dto/update-voucher-group.dto.js';
import { decodePosition, encodePosition } from './voucher.group.cursor.js';
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
    return RecordedHandoutDto.from(operation, await this.operations.responseOf(operation));
  }

  /** @throws InvalidCursorError, ProblemError validation-failed for two positions */
  async listGroups(
    tenant: string,
    { cursor, offset, ...filter }: ListVoucherGroupsQueryDto,
  ): Promise<VoucherGroupsDto> {
    const start = startOf(cursor, offset);
    const groups = await this.spid.of(tenant).listVoucherGroups({ ...filter, offset: start });
    // The upstream does not report the end: a full page may be the last one, and is followed by an empty one then.
    const isLast = groups.length < filter.limit;
    return VoucherGroupsDto.from(groups, isLast ? null : encodePosition(start + groups.length));
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

/** Generated clients may send the default of `offset` by themselves, so 0 is no second position. */
function startOf(cursor: string | undefined, offset: number): number {
  if (cursor === undefined) return offset;
  if (offset === 0) return decodePosition(cursor);
  throw new ProblemError(
    'validation-failed',
    'The page begins at the cursor or at the offset, not at both.',
    {
      errors: [{ pointer: '/query/offset', detail: 'must be left out or 0 with a cursor' }],
    },
  );
}
