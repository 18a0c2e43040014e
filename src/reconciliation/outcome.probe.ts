import { Injectable } from '@nestjs/common';
import type { ProbeResult } from './finding.js';
import type { OperationKind } from '../ledger/operation.kind.js';
import type { Operation, OperationWrite } from '../ledger/operation.types.js';

/** What was read before a write. */
export interface ReadBefore {
  /** What was asked, in our words, for example `GET entitlement 42/1337`. */
  readonly asked: string;
  /** JSON without secrets; kept with the operation, and handed to `probe` with it. */
  readonly seen: unknown;
  /** What the write asks for is so already: nothing is sent, and this is its answer. */
  readonly alreadySo?: unknown;
}

/** Reads what a write is about. @throws UpstreamError */
export type SnapshotReader = () => Promise<ReadBefore>;

/**
 * Knows where the effect of some kinds of writes can be seen. One per feature, because only features may read the
 * upstreams. `probe` reads the upstream FIRST and the ledger after it: a write that began in between then shows in the
 * ledger without having touched what was read. Nothing it reads may come from a cache.
 */
export interface OutcomeProbe {
  readonly kinds: readonly OperationKind[];
  /** Names the vendor account that calls of this tenant go to now. @throws UpstreamError for a tenant without one */
  accountOf(tenant: string): string;
  /** Undefined: there is nothing to read before this write. */
  snapshotOf?(write: OperationWrite): SnapshotReader | undefined;
  /** @throws UpstreamError when the upstream cannot be read now, NothingToProbeError */
  probe(operation: Operation): Promise<ProbeResult>;
}

/** No probe can show anything of this operation. */
export class NothingToProbeError extends Error {
  /** @param because public words */
  constructor(readonly because: string) {
    super(because);
    this.name = 'NothingToProbeError';
  }
}

/** Every source; features add theirs from `onModuleInit`. A kind without one waits for a person. */
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
