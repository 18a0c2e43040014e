import { Injectable, Logger } from '@nestjs/common';
import { DatabaseClock } from '../store/database/database.clock.js';
import { UpstreamError } from '../upstreams/transport/upstream.errors.js';
import { type Advice, verdictOf, type Verdict } from './verdict.js';
import { BY_EVIDENCE, evidenceOf, type Finding, type ProbeResult, showingOf } from './finding.js';
import { ProbeTimes } from './probe.times.js';
import { type OutcomeProbe, OutcomeProbes, NothingToProbeError } from './outcome.probe.js';
import type { OperationKind } from '../ledger/operation.kind.js';
import type { Operation } from '../ledger/operation.types.js';
import { ReconciliationLedger } from './reconciliation.ledger.js';

/** The attempt of an operation to probe. */
export interface ProbeOrder {
  readonly tenant: string;
  readonly id: string;
  /** An operation that was started again since is not probed. */
  readonly attempts: number;
}

/** `over`: decided, or no probe can show more. `again`: probe later. */
export type ProbeEnd = 'over' | 'again';

/** A person requested a probe of an operation that was probed just before. */
export class ProbedTooOftenError extends Error {
  constructor(readonly retryAfterMs: number) {
    super('probed a moment ago');
    this.name = 'ProbedTooOftenError';
  }
}

/** Probes the effect of one operation, and records the verdict. */
@Injectable()
export class Reconciler {
  readonly #log = new Logger('Reconciler');

  constructor(
    private readonly ledger: ReconciliationLedger,
    private readonly probes: OutcomeProbes,
    private readonly schedule: ProbeTimes,
    private readonly time: DatabaseClock,
  ) {}

  /** The kinds that can be probed. */
  get kinds(): readonly OperationKind[] {
    return this.probes.kinds;
  }

  /**
   * Background probe; decides if the effect is proved.
   * @throws LedgerUnreadableError, DatabaseUnavailableError: nothing was decided
   */
  async probe({ tenant, id, attempts }: ProbeOrder, isLast: boolean): Promise<ProbeEnd> {
    const operation = await this.ledger.find(tenant, id);
    if (operation?.state !== 'unknown' || operation.attempts !== attempts) return 'over';
    const probe = this.probes.of(operation.kind);
    if (!probe) return 'over';
    const result = await readBack(probe, operation).catch(findingOfFailure);
    const verdict = this.#verdictOf(operation, result.finding);
    if (verdict.kind === 'decide') return this.#decide(operation, result, verdict.reason);
    const goesOn = verdict.goesOn && !isLast;
    await this.#advise(operation, result, goesOn ? verdict : { ...verdict, awaits: 'person' });
    return goesOn ? 'again' : 'over';
  }

  /**
   * One probe, requested by a person. Records evidence and a recommendation, and decides nothing. Returns undefined
   * if the operation is no longer unknown.
   * @throws UpstreamError, NothingToProbeError, ProbedTooOftenError, LedgerUnreadableError
   */
  async probeFor(caller: string, operation: Operation): Promise<Operation | undefined> {
    const probe = this.probes.of(operation.kind);
    if (!probe) throw new NothingToProbeError('nothing of this kind of write can be read back');
    const { storedProbesMax, probeAgainMs } = this.schedule;
    if (operation.evidence.filter((each) => showingOf(each)).length >= storedProbesMax) {
      throw new NothingToProbeError(`it was probed ${storedProbesMax} times, which is the most that is kept`);
    }
    const leftMs = await this.ledger.takeTurn(operation, probeAgainMs);
    if (leftMs > 0) throw new ProbedTooOftenError(leftMs);
    const result = await readBack(probe, operation);
    const verdict = this.#verdictOf(operation, result.finding);
    const { awaits, recommendation } =
      verdict.kind === 'decide'
        ? { awaits: operation.awaits ?? 'person', recommendation: 'executed' as const }
        : { ...verdict, awaits: operation.awaits ?? 'person' };
    return this.ledger.note(operation, {
      evidence: [evidenceOf(result, this.time.now(), caller)],
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

  async #decide(operation: Operation, result: ProbeResult, reason: string): Promise<ProbeEnd> {
    const { tenant, id, kind, attempts } = operation;
    const { response = this.ledger.responseIfExecuted(operation), migrationId } = result.finding;
    const { kind: outcome } = await this.ledger.decide({
      tenant,
      id,
      attempts,
      decision: 'executed',
      basis: 'evidence',
      by: BY_EVIDENCE,
      reason,
      evidence: [evidenceOf(result, this.time.now())],
      ...(response ? { response } : {}),
      ...(migrationId === undefined ? {} : { migrationId }),
    });
    // Another operation was decided to have started this migration since the probe: probe again.
    if (outcome === 'migration-taken') return 'again';
    if (outcome === 'decided')
      this.#log.log(`operation ${id} (${kind}) of tenant ${tenant}: executed, ${reason}`);
    return 'over';
  }

  async #advise(
    operation: Operation,
    result: ProbeResult,
    { awaits, recommendation }: Advice,
  ): Promise<void> {
    const { tenant, id, kind } = operation;
    const evidence = [evidenceOf(result, this.time.now())];
    const noted = await this.ledger.note(operation, { evidence, awaits, recommendation });
    if (!noted || operation.awaits === awaits) return;
    const advice = recommendation === null ? 'without a recommendation' : `recommended: ${recommendation}`;
    this.#log.warn(`operation ${id} (${kind}) of tenant ${tenant} waits for a person, ${advice}`);
  }
}

/**
 * Reads back the effect. Before and after can be compared only within one vendor account, and the settings may refer
 * to another one by now.
 */
async function readBack(probe: OutcomeProbe, operation: Operation): Promise<ProbeResult> {
  const result = await probe.probe(operation);
  const { shows, seen } = result.finding;
  const { account, tenant } = operation;
  if (account === null || account === probe.accountOf(tenant)) return result;
  if (shows === 'noted') return result;
  const because = 'the settings of the tenant lead to another vendor account than at the time of the call';
  return { ...result, finding: { shows: 'undecided', seen, because, isLast: true } };
}

/** A failed probe is recorded too: it explains to a person why nothing was decided. */
function findingOfFailure(error: unknown): ProbeResult {
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
