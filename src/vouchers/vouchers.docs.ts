import type { RouteDocs } from '../http/openapi/documented.decorator.js';
import { DrawnVouchersDto } from './dto/drawn-vouchers.dto.js';
import { GeneratedVouchersDto } from './dto/generated-vouchers.dto.js';
import { RecordedHandoutDto } from './dto/recorded-handout.dto.js';
import { VoucherGroupDto } from './dto/voucher-group.dto.js';
import { VoucherGroupsDto } from './dto/voucher-groups.dto.js';
import { VoucherHandoutDto } from './dto/voucher-handout.dto.js';
import { VoucherDto } from './dto/voucher.dto.js';

export const VOUCHERS_DOCS = {
  handOut: {
    operationId: 'handOutVoucher',
    summary: 'Hand out a voucher of a group to a user',
    description:
      'Takes one free voucher of the group and assigns it to the user; the upstream does not return its ' +
      'code. Every executed call takes another voucher. Repeat it with the same Idempotency-Key after ' +
      '`outcome: not_executed`. Never repeat it with a new key after `outcome: unknown`: the user may ' +
      'already have a voucher.',
    returns: VoucherHandoutDto,
    success: 'The user has the voucher.',
    location: 'Path of the handout.',
    problems: ['user-not-found', 'voucher-unavailable'],
  },
  getHandout: {
    operationId: 'getVoucherHandout',
    summary: 'Read whether a user received a voucher',
    description:
      'Returns what the gateway has recorded about a requested handout; the upstream is not called. Handouts ' +
      'of other callers return 404, unless you hold `operations:resolve`. Safe to repeat.',
    returns: RecordedHandoutDto,
    success: 'What is recorded about the handout.',
    reads: 'ledger',
    problems: ['operation-not-found'],
  },
  getVoucher: {
    operationId: 'getVoucher',
    summary: 'Read a voucher by its code',
    description: 'Returns whether it is free, handed out, redeemed or expired. Safe to repeat.',
    returns: VoucherDto,
    success: 'The voucher and its group.',
    reads: 'upstream',
  },
} as const satisfies Record<string, RouteDocs>;

export const VOUCHER_GROUPS_DOCS = {
  list: {
    operationId: 'listVoucherGroups',
    summary: 'Search voucher groups',
    description:
      'Without a filter, lists all groups of the tenant, page by page: continue with `cursor` until ' +
      '`nextCursor` is null. Safe to repeat.',
    returns: VoucherGroupsDto,
    success: 'One page of groups.',
    reads: 'upstream',
  },
  get: {
    operationId: 'getVoucherGroup',
    summary: 'Read a voucher group and the number of vouchers left in it',
    description:
      'The counts are a snapshot: others may draw from the group at the same time. Safe to repeat.',
    returns: VoucherGroupDto,
    success: 'The group with its counts.',
    reads: 'upstream',
  },
  create: {
    operationId: 'createVoucherGroup',
    summary: 'Create a voucher group',
    description:
      'A new group has no vouchers; generate them with a second call. Repeat it after `outcome: ' +
      'not_executed`. After `outcome: unknown`, search the groups by title first: a second call creates a ' +
      'second group.',
    returns: VoucherGroupDto,
    success: 'The new group.',
    location: 'Path of the new group.',
  },
  update: {
    operationId: 'updateVoucherGroup',
    summary: 'Change the title, description or limit of a voucher group',
    description:
      'Omitted fields keep their values; at least one field is required. If the group has the requested ' +
      'values already, the response is 200 and nothing is sent to the upstream. Safe to repeat: while the ' +
      'same request is running or its outcome is unknown, a repeat returns 409 or 504 with that operation.',
    returns: VoucherGroupDto,
    success: 'The changed group.',
  },
  generate: {
    operationId: 'generateVouchers',
    summary: 'Add vouchers to a group',
    description:
      'Generates free vouchers, each with its own code; not possible for a group that has one code for all. ' +
      'Every executed call adds the amount again: repeat it only after `outcome: not_executed`. After ' +
      '`outcome: unknown`, compare the counts of the group first.',
    returns: GeneratedVouchersDto,
    success: 'The vouchers were generated.',
  },
  draw: {
    operationId: 'drawVoucherCodes',
    summary: 'Draw voucher codes from a group',
    description:
      'Takes free vouchers and returns their codes, for use outside user accounts. Store the response: the ' +
      'upstream returns the codes only once. If fewer vouchers are left than requested, none is taken and ' +
      'the response is 409. Every executed call takes further vouchers: repeat it, with the same ' +
      'Idempotency-Key, only after `outcome: not_executed`.',
    returns: DrawnVouchersDto,
    success: 'The drawn codes.',
    problems: ['voucher-unavailable'],
  },
} as const satisfies Record<string, RouteDocs>;
