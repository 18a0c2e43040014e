import { Injectable, Logger } from '@nestjs/common';
import { DatabaseClock } from '../../store/database/database.clock.js';
import { UpstreamError } from '../../upstreams/transport/upstream.errors.js';
import type { Caller } from '../auth/caller.js';
import { ledgerProblemOptions } from '../problems/ledger.problems.js';
import { ProblemError } from '../problems/problem.error.js';
import { problemOfError } from '../problems/problem.of.error.js';
import { OperationDto } from './dto/operation.dto.js';
import type { ResolveOperationDto } from './dto/resolve-operation.dto.js';
import { Reconciler, ProbedTooOftenError } from '../../reconciliation/reconciler.js';
import { NothingToProbeError } from '../../reconciliation/outcome.probe.js';
import { ReconciliationLedger } from '../../reconciliation/reconciliation.ledger.js';
import type { DecideResult, OperationDecision } from '../../ledger/writes/decision.store.js';
import { LedgerUnreadableError } from '../../ledger/ledger.errors.js';
import { operationNotFound } from './operation.not.found.js';
import { migrationListedBefore } from '../../ledger/operation.snapshot.js';
import { type ExpectedTags, isExpected } from './operation.etag.js';
import { type Operation, operationPath } from '../../ledger/operation.types.js';
import { OperationsService } from './operations.service.js';

/** Probes and decisions of operations with an unknown outcome, requested by a person. */
@Injectable()
export class OperationsDecisionsService {
  readonly #log = new Logger('Decisions');

  constructor(
    private readonly operations: OperationsService,
    private readonly ledger: ReconciliationLedger,
    private readonly probes: Reconciler,
    private readonly time: DatabaseClock,
  ) {}

  /**
   * Reads the upstream now; decides nothing.
   * @throws ProblemError operation-not-found, operation-already-decided, operation-in-progress, probe-refused,
   *   rate-limited, and those of a read of the upstream
   */
  async probe(caller: Caller, id: string): Promise<OperationDto> {
    const operation = await this.operations.find(caller, id);
    if (operation.state !== 'unknown') throw this.operations.problemOfKnown(operation);
    const probed = await this.probes.probeFor(caller.name, operation).catch((error: unknown) => {
      throw problemOfProbe(error, id);
    });
    if (probed) return this.operations.shown(caller, probed);
    throw this.operations.problemOfKnown(await this.operations.find(caller, id));
  }

  /**
   * @param expected from `If-Match`
   * @throws ProblemError operation-not-found, operation-already-decided, operation-in-progress, operation-changed,
   *   migration-taken
   */
  async resolve(
    caller: Caller,
    id: string,
    resolution: ResolveOperationDto,
    expected: ExpectedTags | undefined,
  ): Promise<OperationDto> {
    const { decision, reason, evidence, migrationId } = resolution;
    const operation = await this.operations.find(caller, id);
    if (!isExpected(expected, OperationDto.from(operation))) throw changed(operation);
    if (migrationId !== undefined) checkMigration(operation, decision, migrationId);
    const response = decision === 'executed' ? this.ledger.responseIfExecuted(operation) : undefined;
    const result = await this.#decide({
      tenant: operation.tenant,
      id,
      decision,
      // Of the operation that was read: a later attempt with the same key is another call.
      attempts: operation.attempts,
      ...(Array.isArray(expected) ? { unchangedSince: operation } : {}),
      basis: 'person',
      by: caller.name,
      reason,
      ...(evidence === undefined ? {} : { evidence: [this.#seen(caller, evidence)] }),
      ...(response ? { response } : {}),
      ...(migrationId === undefined ? {} : { migrationId }),
    });
    const decided = this.#decided(result);
    const { kind, tenant } = decided;
    this.#log.log(`operation ${id} (${kind}) of tenant ${tenant}: ${decision}, decided by ${caller.name}`);
    return this.operations.shown(caller, decided);
  }

  /** A database that fails during the decision may have committed it: the outcome is then reported as unknown. */
  async #decide(decision: OperationDecision): Promise<DecideResult> {
    try {
      return await this.ledger.decide(decision);
    } catch (error) {
      if (!(error instanceof LedgerUnreadableError)) throw error;
      throw new ProblemError(
        'ledger-unavailable',
        'The decision may or may not be recorded. Read the operation, or decide again: that does no harm.',
        { ...ledgerProblemOptions(error.cause), outcome: 'unknown', operation: operationPath(decision.id) },
      );
    }
  }

  #decided(result: DecideResult): Operation {
    switch (result.kind) {
      case 'decided':
        return result.operation;
      case 'already-decided':
      case 'running':
        throw this.operations.problemOfKnown(result.operation);
      case 'changed':
        throw changed(result.operation);
      case 'migration-taken':
        throw new ProblemError(
          'migration-taken',
          'Another operation of the vendor account accounts for this migration.',
          {
            operation: operationPath(result.operation.id),
            outcome: 'unknown',
          },
        );
      case 'not-found':
        throw operationNotFound();
      default:
        return result satisfies never;
    }
  }

  #seen({ name }: Caller, seen: unknown) {
    return { at: this.time.now().toISOString(), by: name, asked: 'evidence given with the decision', seen };
  }
}

function changed({ id, outcome }: Operation): ProblemError {
  return new ProblemError(
    'operation-changed',
    'The operation has changed since it was read; nothing was decided.',
    {
      operation: operationPath(id),
      outcome: outcome ?? 'unknown',
    },
  );
}

function checkMigration(operation: Operation, decision: string, migrationId: string): void {
  const refuse = (detail: string) =>
    new ProblemError('validation-failed', 'The migration cannot be the one that this operation began.', {
      operation: operationPath(operation.id),
      outcome: operation.outcome ?? 'unknown',
      errors: [{ pointer: '/migrationId', detail }],
    });
  if (operation.kind !== 'migration_create') throw refuse('is only for operations that create a migration');
  if (decision !== 'executed') throw refuse('is only for the decision executed');
  if (migrationListedBefore(operation, migrationId)) throw refuse('was listed before the call was sent');
}

/** `outcome` is that of the operation, which a probe does not change. */
function problemOfProbe(error: unknown, id: string): unknown {
  const known = { outcome: 'unknown', operation: operationPath(id) } as const;
  if (error instanceof UpstreamError) return problemOfError(error, false).with(known);
  if (error instanceof NothingToProbeError) {
    return new ProblemError('probe-refused', `A probe can show nothing: ${error.because}.`, known);
  }
  if (error instanceof ProbedTooOftenError) {
    const retryAfterSeconds = Math.ceil(error.retryAfterMs / 1_000);
    const detail = 'This operation was probed a moment ago.';
    return new ProblemError('rate-limited', detail, { ...known, retryAfterSeconds });
  }
  return error instanceof ProblemError ? error.with(known) : error;
}
