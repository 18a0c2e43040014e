import { Injectable } from '@nestjs/common';
import type { OperationKind } from './idempotent.decorator.js';
import type { Finding } from './operation.evidence.js';
import type { Operation } from './operation.types.js';

/** Something seen, and what it says about the operation. */
export interface Sighting {
  /** What was asked, in our words, for example `GET entitlement 42/1337`. */
  readonly asked: string;
  readonly finding: Finding;
}

/**
 * Knows where the effect of some kinds of writes can be seen. One per feature, because only features may read the
 * upstreams. `look` reads the upstream FIRST and the ledger after it: a write that began in between then shows in the
 * ledger without having touched what was read.
 */
export interface EvidenceSource {
  readonly kinds: readonly OperationKind[];
  /** @throws UpstreamError when the upstream cannot be read now */
  look(operation: Operation): Promise<Sighting>;
}

/** Every source; features add theirs from `onModuleInit`. A kind without one waits for a person. */
@Injectable()
export class EvidenceSources {
  readonly #byKind = new Map<OperationKind, EvidenceSource>();

  get kinds(): readonly OperationKind[] {
    return [...this.#byKind.keys()];
  }

  add(source: EvidenceSource): void {
    for (const kind of source.kinds) this.#byKind.set(kind, source);
  }

  of(kind: OperationKind): EvidenceSource | undefined {
    return this.#byKind.get(kind);
  }
}
