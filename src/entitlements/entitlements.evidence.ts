import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type EvidenceSource, EvidenceSources, type Sighting } from '../http/operations/evidence.source.js';
import { judgeEffect } from '../http/operations/operation.evidence.js';
import type { Operation } from '../http/operations/operation.types.js';
import { OtherOperations } from '../http/operations/other.operations.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';

/** Reads grants and revocations back. */
@Injectable()
export class EntitlementsEvidence implements EvidenceSource, OnModuleInit {
  readonly kinds = ['entitlement_grant', 'entitlement_revoke'] as const;

  constructor(
    private readonly spid: SpidClients,
    private readonly others: OtherOperations,
    private readonly sources: EvidenceSources,
  ) {}

  onModuleInit(): void {
    this.sources.add(this);
  }

  async look(operation: Operation): Promise<Sighting> {
    const { userId = '', productId = '' } = operation.subject;
    const asked = `GET entitlement ${userId}/${productId}`;
    const client = this.spid.of(operation.tenant);
    const { granted, subscription } = await client.getProductAccess(userId, productId, { merchant: false });
    if (subscription) {
      const because = 'the access comes from a subscription, which is neither granted nor revoked';
      return { asked, finding: { says: 'undecided', seen: { granted, subscription: true }, because } };
    }
    const isThere = granted === (operation.kind === 'entitlement_grant');
    const others = await this.others.onSameSubject(operation, this.kinds);
    return { asked, finding: judgeEffect(operation, { isThere, seen: { granted } }, others) };
  }
}
