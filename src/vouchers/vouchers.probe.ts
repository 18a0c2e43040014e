import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Finding, ProbeResult } from '../reconciliation/finding.js';
import { type OutcomeProbe, OutcomeProbes, type SnapshotReader } from '../reconciliation/outcome.probe.js';
import { findingOfChange } from '../reconciliation/effect.finding.js';
import { readBefore } from '../ledger/operation.snapshot.js';
import type { Operation, OperationWrite } from '../ledger/operation.types.js';
import { CompetingOperations } from '../reconciliation/competing.operations.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import type { VoucherGroup } from '../upstreams/spid/spid.types.js';
import type { UpdateVoucherGroupDto } from './dto/update-voucher-group.dto.js';
import { VoucherGroupDto } from './dto/voucher-group.dto.js';

type GroupFields = Pick<VoucherGroup, 'title' | 'description' | 'limit'>;

/** A group as stored in the snapshot and evidence of an operation. Lists of groups have no counts. */
type SeenGroup = GroupFields & Pick<VoucherGroup, 'generatedVouchers' | 'availableVouchers'>;

const COUNTS = 'counts prove nothing by themselves: others hand out, draw and generate as well';
const OTHER_TEXT = 'the group has changed since, and does not show what was asked for';

/**
 * Reads a group, as snapshot and as probe. Its fields decide about updates. Handouts, draws and generations change only
 * counts, which others change too: they are recorded for the person who decides.
 */
@Injectable()
export class VouchersProbe implements OutcomeProbe, OnModuleInit {
  readonly kinds = [
    'voucher_group_update',
    'vouchers_generate',
    'voucher_codes_draw',
    'voucher_handout',
  ] as const;

  constructor(
    private readonly spid: SpidClients,
    private readonly others: CompetingOperations,
    private readonly probes: OutcomeProbes,
  ) {}

  onModuleInit(): void {
    this.probes.add(this);
  }

  accountOf(tenant: string): string {
    return this.spid.of(tenant).account;
  }

  snapshotOf(write: OperationWrite): SnapshotReader {
    return async () => {
      const { asked, group, seen } = await this.#read(write);
      const isSo = write.kind === 'voucher_group_update' && shows(group, changeOf(write));
      return { asked, seen, ...(isSo ? { alreadySo: responseOf(group) } : {}) };
    };
  }

  async probe(operation: Operation): Promise<ProbeResult> {
    const { asked, group, seen } = await this.#read(operation);
    if (operation.kind !== 'voucher_group_update') {
      return { asked, finding: { shows: 'noted', seen, because: COUNTS } };
    }
    const others = await this.others.onVoucherGroup(operation);
    const before = readBefore(operation)?.seen as SeenGroup | undefined;
    const change = {
      before: before ? shows(before, changeOf(operation)) : null,
      now: shows(group, changeOf(operation)),
      seen,
    };
    const finding = findingOfChange(change, { causing: others, undoing: others });
    return { asked, finding: withResponse(unlessRewritten(finding, before, group), group) };
  }

  async #read({ tenant, subject }: Pick<Operation, 'tenant' | 'subject'>) {
    const { voucherGroupId = '' } = subject;
    const group = await this.spid.of(tenant).getVoucherGroup(voucherGroupId);
    const { title, description, limit, generatedVouchers, availableVouchers } = group;
    const seen: SeenGroup = { title, description, limit, generatedVouchers, availableVouchers };
    return { asked: `GET voucher group ${voucherGroupId}`, group, seen };
  }
}

function changeOf({ request }: Pick<Operation, 'request'>): UpdateVoucherGroupDto {
  return request['body'] ?? {};
}

function shows(group: GroupFields, { title, description, limit }: UpdateVoucherGroupDto): boolean {
  return (
    (title === undefined || group.title === title) &&
    (description === undefined || (group.description ?? '') === description) &&
    (limit === undefined || (group.limit ?? 0) === limit)
  );
}

/** The upstream may normalise a string: only fields equal to the snapshot suggest that it was not executed. */
function unlessRewritten(finding: Finding, before: GroupFields | undefined, now: GroupFields): Finding {
  if (finding.shows !== 'absent') return finding;
  const fields = ['title', 'description', 'limit'] as const;
  if (before && fields.every((name) => before[name] === now[name])) return finding;
  return { ...finding, shows: 'undecided', because: OTHER_TEXT };
}

function withResponse(finding: Finding, group: VoucherGroup): Finding {
  return finding.shows === 'executed'
    ? { ...finding, response: { status: 200, body: responseOf(group) } }
    : finding;
}

/** Response to a write, without counts. */
function responseOf(group: VoucherGroup): VoucherGroupDto {
  return VoucherGroupDto.from({ ...group, generatedVouchers: null, availableVouchers: null });
}
