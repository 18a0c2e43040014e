import { Injectable } from '@nestjs/common';
import type { ProbeResult } from './finding.js';
import type { OperationKind } from '../ledger/operation.kind.js';
import type { Operation, OperationWrite } from '../ledger/operation.types.js';

/** The state of a subject before a write. */
export interface ReadBefore {
  /** What was checked, in words of the gateway, for example `GET entitlement 42/1337`. */
  readonly asked: string;
  /** JSON without secrets; stored with the operation, which `probe` receives. */
  readonly seen: unknown;
  /** The response, if the requested state exists already: nothing is sent. */
  readonly alreadySo?: unknown;
}

/** Reads the subject of a write. @throws UpstreamError */
export type SnapshotReader = () => Promise<ReadBefore>;

/**
 * Reads back the effect of some kinds of writes. One per feature, because only features may read the upstreams.
 * - `probe` reads the upstream first and the ledger after it: a write that starts in between is then in the ledger,
 *   and has not affected what was read.
 * - Nothing it reads may come from a cache.
 */
export interface OutcomeProbe {
  readonly kinds: readonly OperationKind[];
  /** The vendor account that calls of this tenant currently use. @throws UpstreamError for a tenant without one */
  accountOf(tenant: string): string;
  /** Undefined if there is nothing to read before this write. */
  snapshotOf?(write: OperationWrite): SnapshotReader | undefined;
  /** @throws UpstreamError if the upstream cannot be read, NothingToProbeError */
  probe(operation: Operation): Promise<ProbeResult>;
}

/** No probe can show anything about this operation. */
export class NothingToProbeError extends Error {
  /** @param because public text */
  constructor(readonly because: string) {
    super(because);
    this.name = 'NothingToProbeError';
  }
}

/** All probes, by kind; features add theirs in `onModuleInit`. Operations of a kind without one wait for a person. */
@Injectable()
export class OutcomeProbes {
  readonly #byKind = new Map<OperationKind, OutcomeProbe>();

  get kinds(): readonly OperationKind[] {
    return [...this.#byKind.keys()];
  }

  add(probe: OutcomeProbe): void {
    for (const kind of probe.kinds) this.#byKind.set(kind, probe);
  }

  of(kind: OperationKind): OutcomeProbe | undefined {
    return this.#byKind.get(kind);
  }
}
