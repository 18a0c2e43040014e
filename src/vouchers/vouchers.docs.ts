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
    summary: 'Give a user a voucher of a group',
    description:
      'Takes one free voucher of the group and ties it to the user; the upstream does not tell its code. ' +
      'Every executed call takes another voucher. Repeat it, with the same Idempotency-Key, after ' +
      '`outcome: not_executed`; never with a new key after `outcome: unknown`, for the user may already have one.',
    returns: VoucherHandoutDto,
    success: 'The user has the voucher.',
    problems: ['user-not-found', 'voucher-unavailable'],
  },
  getHandout: {
    operationId: 'getVoucherHandout',
    summary: 'Read whether a user got a voucher',
    description:
      'Tells what the gateway knows of a handout that was asked for; the upstream is not asked. The handout of ' +
      'another caller is not found, unless you hold `operations:resolve`. Safe to repeat.',
    returns: RecordedHandoutDto,
    success: 'What is known of the handout.',
    reads: 'ledger',
    problems: ['operation-not-found'],
  },
  getVoucher: {
    operationId: 'getVoucher',
    summary: 'Look a voucher up by its code',
    description: 'Tells whether it is free, handed out, redeemed or expired. Safe to repeat.',
    returns: VoucherDto,
    success: 'The voucher and its group.',
    reads: 'upstream',
  },
} as const satisfies Record<string, RouteDocs>;

export const VOUCHER_GROUPS_DOCS = {
  list: {
    operationId: 'listVoucherGroups',
    summary: 'Search voucher groups',
    description: 'Without a filter: all groups of the tenant, page by page. Safe to repeat.',
    returns: VoucherGroupsDto,
    success: 'One page of groups.',
    reads: 'upstream',
  },
  get: {
    operationId: 'getVoucherGroup',
    summary: 'Read a voucher group and how many vouchers it has left',
    description: 'The counts are those of this moment: others may draw from the group too. Safe to repeat.',
    returns: VoucherGroupDto,
    success: 'The group with its counts.',
    reads: 'upstream',
  },
  create: {
    operationId: 'createVoucherGroup',
    summary: 'Create a voucher group',
    description:
      'The group starts without vouchers; generate them next. Repeat it after `outcome: not_executed`. ' +
      'After `outcome: unknown` search the groups by title first: a second call creates a second group.',
    returns: VoucherGroupDto,
    success: 'The new group.',
    location: 'Path of the new group.',
  },
  update: {
    operationId: 'updateVoucherGroup',
    summary: 'Change the title, description or limit of a voucher group',
    description:
      'Fields left out stay as they are; at least one is needed. A group that is so already is answered so, and ' +
      'nothing is sent. Safe to repeat: while the same request runs or has no known outcome, it is answered 409 or ' +
      '504 with that operation.',
    returns: VoucherGroupDto,
    success: 'The changed group.',
  },
  generate: {
    operationId: 'generateVouchers',
    summary: 'Add vouchers to a group',
    description:
      'Generates free vouchers with codes of their own; a group with one code for all takes none. ' +
      'Every executed call adds the amount again: repeat it only after `outcome: not_executed`, ' +
      'and after `outcome: unknown` compare the counts of the group first.',
    returns: GeneratedVouchersDto,
    success: 'The vouchers are there.',
  },
  draw: {
    operationId: 'drawVoucherCodes',
    summary: 'Draw voucher codes from a group',
    description:
      'Takes free vouchers and answers their codes, for use outside the user accounts. Keep the answer: the upstream ' +
      'tells the codes once only. With fewer left than asked none is taken and the answer is 409. Every executed ' +
      'call takes further vouchers: repeat it, with the same Idempotency-Key, only after `outcome: not_executed`.',
    returns: DrawnVouchersDto,
    success: 'The drawn codes.',
    problems: ['voucher-unavailable'],
  },
} as const satisfies Record<string, RouteDocs>;
