import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { UpstreamError } from '../../upstreams/transport/upstream.errors.js';
import { WriteBudgets } from './write.budgets.js';
import { problemOfShortDeadline } from '../deadline/deadline.header.js';
import { callerOf } from '../auth/caller.js';
import { type OutcomeProbe, OutcomeProbes } from '../../reconciliation/outcome.probe.js';
import type { OperationDeclaration } from '../../ledger/operation.declaration.js';
import type { WritePlan } from './write.plan.js';
import { writeOf } from './write.of.request.js';
import { readsSnapshot } from '../../ledger/operation.snapshot.js';
import { isVisible } from '../auth/visible.operations.js';
import { EvidenceSettings } from '../../config/settings/evidence.settings.js';

/** Plans a validated request for the ledger: account, exclusive key, and whether a snapshot is read. */
@Injectable()
export class WritePlanner {
  constructor(
    private readonly settings: SettingsSource,
    private readonly probes: OutcomeProbes,
    private readonly budgets: WriteBudgets,
  ) {}

  plan(request: FastifyRequest, declaration: OperationDeclaration): WritePlan {
    const caller = callerOf(request);
    const { ledger, tenants } = this.settings.current;
    const probe = this.probes.of(declaration.kind);
    const described = {
      ...writeOf(request, declaration, ledger.fingerprintKey),
      account: probe ? accountOf(probe, caller.tenant) : null,
    };
    const unprepared = {
      ...described,
      exclusiveKey: declaration.exclusiveKey?.(described.subject) ?? null,
      prepared: false,
    };
    const { snapshots } = tenants.get(caller.tenant)?.evidence ?? new EvidenceSettings();
    const read = readsSnapshot(declaration, snapshots) ? probe?.snapshotOf?.(unprepared) : undefined;
    const write = { ...unprepared, prepared: read !== undefined };
    const isDeciding = declaration.snapshot === 'deciding';
    return {
      write,
      refusal: () =>
        problemOfShortDeadline(request.gatewayContext.deadline) ?? this.budgets.refusalOf(write, isDeciding),
      ...(read && { reading: { isDeciding, read } }),
      mayShow: (operation) => isVisible(caller, operation),
    };
  }
}

/** Null for a tenant without an account at the vendor: the call itself then fails with the right problem. */
function accountOf(probe: OutcomeProbe, tenant: string): string | null {
  try {
    return probe.accountOf(tenant);
  } catch (error) {
    if (error instanceof UpstreamError) return null;
    throw error;
  }
}
