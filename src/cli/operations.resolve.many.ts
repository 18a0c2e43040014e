import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationDto } from '../http/operations/dto/operation.dto.js';
import type { GatewayClient } from './gateway.client.js';
import { GatewayProblem } from './gateway.problem.js';
import {
  decideOperation,
  type PersonsDecision,
  probeOperationNow,
  type ReadOperation,
} from './operations.api.js';
import type { ListedOperation } from './operations.file.js';
import { CommandError, printable } from './terminal.js';

/** What became of one operation of many. */
export interface ManyResult {
  readonly id: string;
  readonly result: 'decided' | 'would-decide' | 'skipped' | 'failed' | 'not-tried';
  /** Why it was not decided. */
  readonly because?: string;
}

export interface ManyDecision {
  readonly operations: readonly ListedOperation[];
  readonly decision: PersonsDecision;
  /** Probe, and decide nothing. */
  readonly isDryRun: boolean;
}

/** Absence is no proof of these, and a wrong decision gives away another voucher, payment or import. */
const NEVER_BY_ABSENCE = new Set([
  'voucher_handout',
  'voucher_codes_draw',
  'migration_payment_accept',
  'migration_payment_reject',
  'token_import',
]);

/** What the last reading must show, so that it speaks for the decision. */
const SHOWINGS = {
  executed: new Set(['executed', 'seen']),
  not_executed: new Set(['absent']),
} as const;

/** A probe, a caller's limit and an upstream that is throttled say when to ask again; longer is not waited for. */
const RETRY_SECONDS_MAX = 30;
const PROBE_TRIES = 3;

/** @throws CommandError where many at once cannot be decided so */
export function checkManyDecision({ operations, decision: { decision } }: ManyDecision): void {
  const kind = operations[0]?.kind ?? '';
  if (decision === 'not_executed' && NEVER_BY_ABSENCE.has(kind)) {
    throw new CommandError(
      `A ${printable(kind)} is decided as not_executed one by one only: no reading proves that it was not executed.`,
    );
  }
}

/**
 * Probes each operation, and decides those whose probe speaks for the decision, in the version that was probed. What
 * the gateway refuses is passed by; once it cannot be reached, the rest is not tried.
 */
export async function decideMany(
  client: GatewayClient,
  many: ManyDecision,
  report: (result: ManyResult) => void,
): Promise<readonly ManyResult[]> {
  const results: ManyResult[] = [];
  let broken = false;
  for (const listed of many.operations) {
    const result: ManyResult = broken ? notTried(listed) : await decideOne(client, listed, many);
    broken ||= result.result === 'failed';
    results.push(result);
    report(result);
  }
  return results;
}

function notTried({ id }: ListedOperation): ManyResult {
  return { id, result: 'not-tried', because: 'the gateway failed before' };
}

async function decideOne(
  client: GatewayClient,
  listed: ListedOperation,
  { decision, isDryRun }: ManyDecision,
): Promise<ManyResult> {
  const { id } = listed;
  try {
    const { operation, tag } = await probePatiently(client, id);
    const because = whyNot(operation, listed, decision, tag);
    if (because !== undefined) return { id, result: 'skipped', because };
    if (isDryRun) return { id, result: 'would-decide' };
    await decideOperation(client, id, decision, tag);
    return { id, result: 'decided' };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error instanceof GatewayProblem && !endsAll(error)) {
      return { id, result: 'skipped', because: `${error.slug}: ${error.detail}` };
    }
    return { id, result: 'failed', because: error.message };
  }
}

/** Undefined when the probe speaks for the decision. */
function whyNot(
  operation: OperationDto,
  listed: ListedOperation,
  { decision }: PersonsDecision,
  tag: string | undefined,
): string | undefined {
  if (operation.kind !== listed.kind) return `it is a ${printable(operation.kind)}, the file says otherwise`;
  if (operation.state !== 'unknown') return `it is ${printable(operation.state)} by now`;
  if (tag === undefined) return 'the gateway did not name the version that was probed';
  const { shows, because } = (operation.evidence.at(-1)?.seen ?? {}) as Record<string, unknown>;
  const supports = SHOWINGS[decision].has(shows as never) && operation.recommendation === decision;
  if (supports) return undefined;
  const reason = typeof because === 'string' ? ` (${printable(because)})` : '';
  return (
    `the probe shows ${printable(String(shows))}${reason}, the evidence recommends ` +
    `${operation.recommendation ?? 'nothing'}: decide it by itself`
  );
}

async function probePatiently(client: GatewayClient, id: string): Promise<ReadOperation> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await probeOperationNow(client, id);
    } catch (error) {
      const seconds = error instanceof GatewayProblem ? error.retryAfterSeconds : undefined;
      if (seconds === undefined || seconds > RETRY_SECONDS_MAX || tries >= PROBE_TRIES) throw error;
      await sleep(seconds * 1_000);
    }
  }
}

/** The next operation would be refused in the same way. */
function endsAll({ slug }: GatewayProblem): boolean {
  return [
    'unauthenticated',
    'forbidden',
    'validation-failed',
    'ledger-unavailable',
    'internal-error',
  ].includes(slug);
}
