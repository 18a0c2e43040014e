import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { ProbeResult } from '../reconciliation/finding.js';
import { type OutcomeProbe, OutcomeProbes, type SnapshotReader } from '../reconciliation/outcome.probe.js';
import { findingOfChange } from '../reconciliation/effect.finding.js';
import { readBefore } from '../ledger/operation.snapshot.js';
import type { Operation, OperationWrite } from '../ledger/operation.types.js';
import { CompetingOperations, splitByKind } from '../reconciliation/competing.operations.js';
import { SpidClients } from '../upstreams/spid/spid.clients.js';
import { EntitlementAccessDto } from './dto/entitlement-access.dto.js';

/** Access as stored in the snapshot and evidence of an operation. */
interface SeenAccess {
  readonly granted: boolean;
  /** Access by subscription, which is neither granted nor revoked (SPiD B1). */
  readonly subscription: boolean;
}

type Subject = Pick<Operation, 'tenant' | 'kind' | 'subject'>;

const SUBSCRIPTION = 'the access comes from a subscription, which is neither granted nor revoked';

/** Reads the access of a user to a product: as snapshot before a grant or revocation, as probe after a lost one. */
@Injectable()
export class EntitlementsProbe implements OutcomeProbe, OnModuleInit {
  readonly kinds = ['entitlement_grant', 'entitlement_revoke'] as const;

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
      const { asked, access, seen } = await this.#read(write);
      if (seen.subscription || !isAsWished(write, seen)) return { asked, seen };
      const alreadySo = seen.granted
        ? EntitlementAccessDto.from(access)
        : EntitlementAccessDto.revoked(access.productId);
      return { asked, seen, alreadySo };
    };
  }

  async probe(operation: Operation): Promise<ProbeResult> {
    const { asked, seen } = await this.#read(operation);
    const before = readBefore(operation)?.seen as SeenAccess | undefined;
    if (seen.subscription || before?.subscription) {
      return { asked, finding: { shows: 'undecided', seen, because: SUBSCRIPTION, isLast: true } };
    }
    const { same: causing, rest: undoing } = splitByKind(
      await this.others.onEntitlement(operation),
      operation.kind,
    );
    const change = {
      before: before ? isAsWished(operation, before) : null,
      now: isAsWished(operation, seen),
      seen,
    };
    return { asked, finding: findingOfChange(change, { causing, undoing }) };
  }

  async #read({ tenant, subject }: Subject) {
    const { userId = '', productId = '' } = subject;
    const access = await this.spid.of(tenant).getProductAccess(userId, productId, { merchant: false });
    const seen: SeenAccess = { granted: access.granted, subscription: access.subscription !== null };
    return { asked: `GET entitlement ${userId}/${productId}`, access, seen };
  }
}

function isAsWished({ kind }: Pick<Operation, 'kind'>, { granted }: SeenAccess): boolean {
  return granted === (kind === 'entitlement_grant');
}
