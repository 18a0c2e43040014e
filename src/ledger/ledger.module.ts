import { type DynamicModule, Module } from '@nestjs/common';
import { DatabaseModule } from '../store/database/database.module.js';
import { LedgerCipher } from './sealing/ledger.cipher.js';
import { DecisionStore } from './writes/decision.store.js';
import { EvidenceStore } from './writes/evidence.store.js';
import { ClaimStore } from './writes/claim.store.js';
import { UnwrittenEnds } from './writes/unwritten.ends.js';
import { LostOperationRestorer } from './writes/lost.operation.restorer.js';
import { OperationQueries } from './queries/operation.queries.js';
import { EndRecorder } from './writes/end.recorder.js';
import { UserFences } from './fence/user.fences.js';
import { KindRegistry } from './kind.registry.js';
import { LeaseDuration } from './lease.duration.js';
import { OperationLedger } from './operation.ledger.js';
import { LeaseExpiry } from './upkeep/lease.expiry.js';
import { OperationRetention, RetentionSettings } from './upkeep/operation.retention.js';
import { EndStore } from './writes/end.store.js';
import { UnknownAttempts } from './queries/unknown.attempts.js';
import { OpenOperationsMetrics } from './queries/open.operations.metrics.js';
import { OperationSummary } from './queries/operation.summary.js';
import { ReplicationCheck } from './upkeep/replication.check.js';

/** The configurable parts of a ledger. */
export interface LedgerParts {
  /** `new LedgerCipher()` if no key is configured. */
  readonly cipher: LedgerCipher;
  readonly kinds: KindRegistry;
  readonly retention: RetentionSettings;
  readonly lease: LeaseDuration;
}

/** What the other modules use. */
const EXPORTS = [
  LedgerCipher,
  KindRegistry,
  RetentionSettings,
  LeaseDuration,
  OperationLedger,
  OperationQueries,
  OperationSummary,
  UnknownAttempts,
  DecisionStore,
  EvidenceStore,
  LeaseExpiry,
  UserFences,
];

/**
 * Imports DatabaseModule so that Nest shuts this module down first: its shutdown still writes the unwritten ends.
 * Must not be global: Nest shuts global modules down last.
 */
@Module({})
export class LedgerModule {
  static forParts({ cipher, kinds, retention, lease }: LedgerParts): DynamicModule {
    return {
      module: LedgerModule,
      imports: [DatabaseModule],
      providers: [
        { provide: LedgerCipher, useValue: cipher },
        { provide: KindRegistry, useValue: kinds },
        { provide: RetentionSettings, useValue: retention },
        { provide: LeaseDuration, useValue: lease },
        ClaimStore,
        EndStore,
        LostOperationRestorer,
        EndRecorder,
        UnwrittenEnds,
        OperationLedger,
        OperationQueries,
        OperationSummary,
        UnknownAttempts,
        DecisionStore,
        EvidenceStore,
        LeaseExpiry,
        OperationRetention,
        ReplicationCheck,
        UserFences,
        OpenOperationsMetrics,
      ],
      exports: [...EXPORTS],
    };
  }
}
