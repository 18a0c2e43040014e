import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type EvidenceSource, EvidenceSources, type Sighting } from '../http/operations/evidence.source.js';
import { type Finding, judgeEffect } from '../http/operations/operation.evidence.js';
import type { Operation } from '../http/operations/operation.types.js';
import { OtherOperations } from '../http/operations/other.operations.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import type { VoucherGroup } from '../upstreams/spid/spid.nouns.js';
import type { UpdateVoucherGroupDto } from './dto/update-voucher-group.dto.js';
import { VoucherGroupDto } from './dto/voucher-group.dto.js';

/**
 * Reads changes of groups back. Nothing else about vouchers can be seen: handouts, draws and generations leave counts
 * that others change too, and two groups may be alike. They wait for a person.
 */
@Injectable()
export class VouchersEvidence implements EvidenceSource, OnModuleInit {
  readonly kinds = ['voucher_group_update'] as const;

  constructor(
    private readonly spid: SpidClients,
    private readonly others: OtherOperations,
    private readonly sources: EvidenceSources,
  ) {}

  onModuleInit(): void {
    this.sources.add(this);
  }

  async look(operation: Operation): Promise<Sighting> {
    const { voucherGroupId = '' } = operation.subject;
    const asked = `GET voucher group ${voucherGroupId}`;
    const group = await this.spid.of(operation.tenant).getVoucherGroup(voucherGroupId);
    const change = (operation.request['body'] ?? {}) as UpdateVoucherGroupDto;
    const others = await this.others.onSameSubject(operation, this.kinds);
    const seen = { title: group.title, description: group.description, limit: group.limit };
    const finding = judgeEffect(operation, { isThere: shows(group, change), seen }, others);
    return { asked, finding: withAnswer(finding, group) };
  }
}

function shows(group: VoucherGroup, { title, description, limit }: UpdateVoucherGroupDto): boolean {
  return (
    (title === undefined || group.title === title) &&
    (description === undefined || (group.description ?? '') === description) &&
    (limit === undefined || (group.limit ?? 0) === limit)
  );
}

/** What differs proves nothing: the upstream may write a text in its own way. Writes answer without counts. */
function withAnswer(finding: Finding, group: VoucherGroup): Finding {
  if (finding.says === 'not_executed') {
    return { ...finding, says: 'undecided', because: 'the group does not show what was asked for' };
  }
  const body = VoucherGroupDto.from({ ...group, generatedVouchers: null, availableVouchers: null });
  return { ...finding, answer: { status: 200, body } };
}
