import { Injectable, Logger } from '@nestjs/common';
import { DatabaseClock } from '../store/database/database.clock.js';
import { UpstreamError } from '../upstreams/transport/upstream.errors.js';
import { type Advice, verdictOf, type Verdict } from './verdict.js';
import { BY_EVIDENCE, evidenceOf, type Finding, type Probe, showingOf } from './finding.js';
import { ReconciliationSchedule } from './reconciliation.schedule.js';
import { type OutcomeProbe, OutcomeProbes, NothingToProbeError } from './outcome.probe.js';
import type { OperationKind } from '../ledger/operation.kind.js';
import type { Operation } from '../ledger/operation.types.js';
import { UnknownOperations } from './unknown.operations.js';

/** One attempt to probe. */
export interface ProbeOrder {
  readonly tenant: string;
  readonly id: string;
  /** An operation that was begun again since is not probed. */
  readonly attempts: number;
}

/** `over`: decided, or nothing more can be seen. */
export type ProbeEnd = 'over' | 'again';

/** A person asks for more probes of one operation than are let through. */
export class ProbedTooOftenError extends Error {
  constructor(readonly retryAfterMs: number) {
    super('probed a moment ago');
    this.name = 'ProbedTooOftenError';
  }
}

/** Probes for the effect of one operation, and writes down what follows. */
@Injectable()
export class Reconciler {
  readonly #log = new Logger('Reconciler');

  constructor(
    private readonly ledger: UnknownOperations,
    private readonly sources: OutcomeProbes,
    private readonly schedule: ReconciliationSchedule,
    private readonly time: DatabaseClock,
  ) {}

  /** What can be probed at all. */
  get kinds(): readonly OperationKind[] {
    return this.sources.kinds;
  }

  /**
   * In the background. Decides where the effect is proved.
   * @throws LedgerUnreadableError, DatabaseUnavailableError: nothing was decided
   */
  async probe({ tenant, id, attempts }: ProbeOrder, isLast: boolean): Promise<ProbeEnd> {
    const operation = await this.ledger.find(tenant, id);
    if (operation?.state !== 'unknown' || operation.attempts !== attempts) return 'over';
    const source = this.sources.of(operation.kind);
    if (!source) return 'over';
    const probe = await probed(source, operation).catch(whatStopped);
    const conclusion = this.#verdictOf(operation, probe.finding);
    if (conclusion.kind === 'decide') return this.#decide(operation, probe, conclusion.reason);
    const goesOn = conclusion.goesOn && !isLast;
    await this.#advise(operation, probe, goesOn ? conclusion : { ...conclusion, awaits: 'person' });
    return goesOn ? 'again' : 'over';
  }

  /**
   * Once, for a person. Writes down what was seen and what it speaks for, and decides nothing. Undefined: the
   * operation is not unknown any more.
   * @throws UpstreamError, NothingToProbeError, ProbedTooOftenError, LedgerUnreadableError
   */
  async probeFor(caller: string, operation: Operation): Promise<Operation | undefined> {
    const source = this.sources.of(operation.kind);
    if (!source) throw new NothingToProbeError('nothing of this kind of write can be read back');
    const { storedProbesMax, probeAgainMs } = this.schedule;
    if (operation.evidence.filter((each) => showingOf(each)).length >= storedProbesMax) {
      throw new NothingToProbeError(`it was probed ${storedProbesMax} times, which is the most that is kept`);
    }
    const leftMs = await this.ledger.takeTurn(operation, probeAgainMs);
    if (leftMs > 0) throw new ProbedTooOftenError(leftMs);
    const probe = await probed(source, operation);
    const conclusion = this.#verdictOf(operation, probe.finding);
    const { awaits, recommendation } =
      conclusion.kind === 'decide'
        ? { awaits: operation.awaits ?? 'person', recommendation: 'executed' as const }
        : { ...conclusion, awaits: operation.awaits ?? 'person' };
    return this.ledger.note(operation, {
      evidence: [evidenceOf(probe, this.time.now(), caller)],
      awaits,
      recommendation,
    });
  }

  #verdictOf(operation: Operation, finding: Finding): Verdict {
    const { evidence: earlier, awaits, recommendation, finishedAt, sentAt } = operation;
    const known = {
      earlier,
      awaits: awaits ?? 'evidence',
      recommendation,
      unknownSince: finishedAt ?? sentAt,
    };
    return verdictOf({ finding, at: this.time.now(), ...known }, this.schedule);
  }

  async #decide(operation: Operation, probe: Probe, reason: string): Promise<ProbeEnd> {
    const { tenant, id, kind, attempts } = operation;
    const { answer = this.ledger.answerIfExecuted(operation), migrationId } = probe.finding;
    const { kind: result } = await this.ledger.decide({
      tenant,
      id,
      attempts,
      decision: 'executed',
      basis: 'evidence',
      by: BY_EVIDENCE,
      reason,
      evidence: [evidenceOf(probe, this.time.now())],
      ...(answer ? { answer } : {}),
      ...(migrationId === undefined ? {} : { migrationId }),
    });
    // Another operation was decided to have begun this migration since it was weighed: weigh it again.
    if (result === 'migration-taken') return 'again';
    if (result === 'decided')
      this.#log.log(`operation ${id} (${kind}) of tenant ${tenant}: executed, ${reason}`);
    return 'over';
  }

  async #advise(operation: Operation, probe: Probe, { awaits, recommendation }: Advice): Promise<void> {
    const { tenant, id, kind } = operation;
    const evidence = [evidenceOf(probe, this.time.now())];
    const noted = await this.ledger.note(operation, { evidence, awaits, recommendation });
    if (!noted || operation.awaits === awaits) return;
    const advice = recommendation === null ? 'without a recommendation' : `recommended: ${recommendation}`;
    this.#log.warn(`operation ${id} (${kind}) of tenant ${tenant} waits for a person, ${advice}`);
  }
}

/**
 * What was read before the call is compared with what is read now, which is a comparison only in the same account: the
 * settings may lead to another one by now.
 */
async function probed(source: OutcomeProbe, operation: Operation): Promise<Probe> {
  const probe = await source.probe(operation);
  const { shows, seen } = probe.finding;
  const { account, tenant } = operation;
  if (account === null || account === source.accountOf(tenant)) return probe;
  if (shows === 'noted') return probe;
  const because = 'the settings of the tenant lead to another vendor account than at the time of the call';
  return { ...probe, finding: { shows: 'undecided', seen, because, isLast: true } };
}

/** What stops a probe is written down too: it explains to a person why nothing was decided. */
function whatStopped(error: unknown): Probe {
  if (error instanceof NothingToProbeError) {
    return {
      asked: 'what can be read back?',
      finding: { shows: 'noted', seen: null, because: error.because },
    };
  }
  if (!(error instanceof UpstreamError)) throw error;
  return {
    asked: `${error.upstream} ${error.operation}`,
    finding: { shows: 'undecided', seen: error.name, because: 'the upstream could not be read' },
  };
}
