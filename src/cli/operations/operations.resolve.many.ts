import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import type { GatewayClient } from '../gateway/gateway.client.js';
import { GatewayProblem } from '../gateway/gateway.problem.js';
import {
  decideOperation,
  type PersonsDecision,
  probeOperationNow,
  type ReadOperation,
} from './operations.api.js';
import type { ListedOperation } from './operations.file.js';
import { CommandError, printable } from '../terminal.js';

/** Result for one of many operations. */
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

/** For these, a missing effect proves nothing, and a wrong decision costs another voucher, payment or import. */
const NEVER_BY_ABSENCE = new Set([
  'voucher_handout',
  'voucher_codes_draw',
  'migration_payment_accept',
  'migration_payment_reject',
  'token_import',
]);

/** What the latest probe must show to support each decision. */
const SHOWINGS = {
  executed: new Set(['executed', 'seen']),
  not_executed: new Set(['absent']),
} as const;

/** Longest `Retry-After` to wait for, from the probe limit, the caller's limit or a throttled upstream. */
const RETRY_SECONDS_MAX = 30;
const PROBE_TRIES = 3;

/** @throws CommandError if the kind allows this decision only one by one */
export function checkManyDecision({ operations, decision: { decision } }: ManyDecision): void {
  const kind = operations[0]?.kind ?? '';
  if (decision === 'not_executed' && NEVER_BY_ABSENCE.has(kind)) {
    throw new CommandError(
      `A ${printable(kind)} can be decided as not_executed only one by one: no probe proves that it was not executed.`,
    );
  }
}

/**
 * Probes each operation, and decides those whose probe supports the decision, in the version that was probed. Skips
 * what the gateway refuses; stops once the gateway cannot be reached.
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
  return { id, result: 'not-tried', because: 'an earlier call to the gateway failed' };
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

/** Why the operation is skipped; undefined when the probe supports the decision. */
function whyNot(
  operation: OperationDto,
  listed: ListedOperation,
  { decision }: PersonsDecision,
  tag: string | undefined,
): string | undefined {
  if (operation.kind !== listed.kind) return `it is a ${printable(operation.kind)}, unlike in the file`;
  if (operation.state !== 'unknown') return `its state is ${printable(operation.state)}`;
  if (tag === undefined) return 'the gateway returned no version of the probed operation';
  const { shows, because } = (operation.evidence.at(-1)?.seen ?? {}) as Record<string, unknown>;
  const supports = SHOWINGS[decision].has(shows as never) && operation.recommendation === decision;
  if (supports) return undefined;
  const reason = typeof because === 'string' ? ` (${printable(because)})` : '';
  return (
    `the probe shows ${printable(String(shows))}${reason}, the evidence recommends ` +
    `${operation.recommendation ?? 'nothing'}: decide it on its own`
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

/** Whether the gateway would refuse the next operation in the same way. */
function endsAll({ slug }: GatewayProblem): boolean {
  return [
    'unauthenticated',
    'forbidden',
    'validation-failed',
    'ledger-unavailable',
    'internal-error',
  ].includes(slug);
}
