import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { ProblemError } from '../problems/problem.error.js';
import type { ListOperationsQueryDto } from './dto/list-operations-query.dto.js';
import { OperationDto } from './dto/operation.dto.js';
import { statesShownAs } from './shown.state.js';
import { OperationsSummaryDto } from './dto/operations-summary.dto.js';
import { OperationsDto } from './dto/operations.dto.js';
import { OperationQueries } from '../../ledger/queries/operation.queries.js';
import { operationNotFound } from './operation.not.found.js';
import { KnownOutcomeProblems } from './known.outcome.problems.js';
import { OperationSummary } from '../../ledger/queries/operation.summary.js';
import type { Operation, StoredResponse } from '../../ledger/operation.types.js';
import { ReconciliationWorker } from '../../reconciliation/reconciliation.worker.js';
import { decides, isVisible } from '../auth/visible.operations.js';

/** A page reads an index once for each tenant and, with few filters, for each kind and state in it: 66 times. */
const TENANTS_MAX = 50;

/** Operations, as far as the caller may see them. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly queries: OperationQueries,
    private readonly summary: OperationSummary,
    private readonly known: KnownOutcomeProblems,
    private readonly probes: ReconciliationWorker,
  ) {}

  async get(caller: Caller, id: string): Promise<OperationDto> {
    return this.shown(caller, await this.find(caller, id));
  }

  async list(caller: Caller, { state, ...query }: ListOperationsQueryDto): Promise<OperationsDto> {
    if (caller.tenants.length > TENANTS_MAX) throw tooManyTenants();
    const page = await this.queries.list({
      ...query,
      tenant: caller.tenants,
      resources: caller.resources,
      ...(decides(caller) ? {} : { caller: caller.name }),
      ...(state === undefined ? {} : { states: statesShownAs(state) }),
    });
    return OperationsDto.from(page, decides(caller));
  }

  /** Counts the operations with an unknown outcome. */
  async summarize(caller: Caller): Promise<OperationsSummaryDto> {
    const { tenants, name, resources } = caller;
    const filter = { tenants, resources, ...(decides(caller) ? {} : { caller: name }) };
    return OperationsSummaryDto.from(await this.summary.ofUnknown(filter));
  }

  /** A single operation, with what is asked of the job queue for it. */
  async shown(caller: Caller, operation: Operation): Promise<OperationDto> {
    return OperationDto.from(operation, {
      showsProcess: decides(caller),
      nextProbeAt: await this.#nextProbeAt(operation),
    });
  }

  /** Only a hint: the operation is returned without it. */
  async #nextProbeAt(operation: Operation): Promise<Date | undefined> {
    try {
      return await this.probes.nextProbeAt(operation);
    } catch {
      return undefined;
    }
  }

  /** For resources based on the ledger. @throws ProblemError operation-not-found, LedgerUnreadableError */
  async find(caller: Caller, id: string): Promise<Operation> {
    const operation = await this.queries.find(caller.tenants, id);
    if (operation && isVisible(caller, operation)) return operation;
    throw operationNotFound();
  }

  /** The stored response of an operation; null when none is known. @throws LedgerUnreadableError */
  async responseOf({ tenant, id }: Operation): Promise<StoredResponse | null> {
    return (await this.queries.findResponse(tenant, id)) ?? null;
  }

  /** Why an operation that is not unknown can be neither probed nor decided. */
  problemOfKnown(operation: Operation): ProblemError {
    return this.known.problemOf(operation);
  }
}

function tooManyTenants(): ProblemError {
  return new ProblemError(
    'validation-failed',
    `One list covers at most ${TENANTS_MAX} tenants, and this caller acts for more; name one in Tollgate-Tenant.`,
    { errors: [{ pointer: '/headers/Tollgate-Tenant', detail: 'is missing' }] },
  );
}
