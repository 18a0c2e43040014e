import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { UpstreamError } from '../../upstreams/transport/upstream.errors.js';
import { EvidencePace } from './evidence.pace.js';
import { type EvidenceSource, EvidenceSources, type Sighting } from './evidence.source.js';
import type { OperationKind } from './idempotent.decorator.js';
import { answerIfExecuted } from './known.answer.js';
import { OperationArchive } from './operation.archive.js';
import { BY_EVIDENCE, conclude, type Conclusion, evidenceOf } from './operation.evidence.js';
import type { Evidence, Operation } from './operation.types.js';

/** One attempt to look at. */
export interface LookOrder {
  readonly tenant: string;
  readonly id: string;
  /** An operation that was begun again since is not looked at. */
  readonly attempts: number;
}

/** `over`: decided, or for a person to decide. */
export type LookEnd = 'over' | 'look-again';

/** Looks for the effect of one operation, and writes down what follows. */
@Injectable()
export class EvidenceLooks {
  readonly #log = new Logger('EvidenceLooks');

  constructor(
    private readonly archive: OperationArchive,
    private readonly sources: EvidenceSources,
    private readonly pace: EvidencePace,
    private readonly clock: Clock,
  ) {}

  /** What can be looked for at all. */
  get kinds(): readonly OperationKind[] {
    return this.sources.kinds;
  }

  /** @throws LedgerUnreadableError, DatabaseUnavailableError: nothing was decided */
  async look({ tenant, id, attempts }: LookOrder, isLast: boolean): Promise<LookEnd> {
    const operation = await this.archive.find(tenant, id);
    if (operation?.state !== 'unknown' || operation.attempts !== attempts) return 'over';
    const source = this.sources.of(operation.kind);
    if (!source) return 'over';
    const { asked, finding } = await sight(source, operation);
    const at = this.clock.now();
    const unknownSince = operation.finishedAt ?? operation.sentAt;
    const conclusion = conclude({ finding, at, unknownSince, earlier: operation.evidence }, this.pace);
    const evidence = evidenceOf(asked, finding, at);
    if (typeof conclusion === 'object') {
      await this.#decide(operation, { asked, finding }, conclusion, evidence);
      return 'over';
    }
    if (conclusion === 'look-again' && !isLast) {
      await this.archive.note(id, [evidence]);
      return 'look-again';
    }
    await this.#giveUp(operation, evidence);
    return 'over';
  }

  async #decide(
    operation: Operation,
    { finding }: Sighting,
    { decision, reason }: Exclude<Conclusion, string>,
    evidence: Evidence,
  ): Promise<void> {
    const { tenant, id, kind, attempts } = operation;
    const answer = decision === 'executed' ? (finding.answer ?? answerIfExecuted(operation)) : undefined;
    const { kind: result } = await this.archive.decide({
      tenant,
      id,
      attempts,
      decision,
      basis: 'evidence',
      by: BY_EVIDENCE,
      reason,
      evidence: [evidence],
      ...(answer ? { answer } : {}),
      ...(finding.migrationId === undefined ? {} : { migrationId: finding.migrationId }),
    });
    if (result !== 'decided') return;
    this.#log.log(`operation ${id} (${kind}) of tenant ${tenant}: ${decision}, ${reason}`);
  }

  async #giveUp({ tenant, id, kind }: Operation, evidence: Evidence): Promise<void> {
    const end: Evidence = {
      at: evidence.at,
      by: BY_EVIDENCE,
      asked: 'will another look tell?',
      seen: 'no: this operation waits for a person',
    };
    await this.archive.note(id, [evidence, end]);
    this.#log.warn(`operation ${id} (${kind}) of tenant ${tenant} waits for a person`);
  }
}

/** An upstream that cannot be read is a sight too: it explains to a person why nothing was decided. */
async function sight(source: EvidenceSource, operation: Operation): Promise<Sighting> {
  try {
    return await source.look(operation);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return {
      asked: `${error.upstream} ${error.operation}`,
      finding: { says: 'undecided', seen: error.name, because: 'the upstream could not be read' },
    };
  }
}
