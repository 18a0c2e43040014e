import { setTimeout as sleep } from 'node:timers/promises';
import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import type { GatewayClient } from '../gateway/gateway.client.js';
import { GatewayProblem } from '../gateway/gateway.problem.js';
import {
  decideOperation,
  type PersonsDecision,
  probeOperationNow,
  readOperation,
  type ReadOperation,
} from './operations.api.js';
import type { ListedOperation } from './operations.file.js';
import { aboutOf } from './operations.text.js';
import { CommandError, printable } from '../terminal.js';

type Decision = PersonsDecision['decision'];

/** Result for one of many operations. */
export interface EachResult {
  readonly id: string;
  readonly result: 'decided' | 'would-decide' | 'skipped' | 'failed' | 'not-tried';
  /** Absent when it was not decided. */
  readonly decision?: Decision;
  /** Its kind and what it is about; absent when it could not be read. */
  readonly about?: string;
  /** Why it was not decided. */
  readonly because?: string;
  /** A person can decide it, but not together with others. */
  readonly isOnlyOneByOne?: true;
}

export interface BulkDecision {
  readonly operations: readonly (Pick<ListedOperation, 'id'> & Partial<ListedOperation>)[];
  /** Without a decision: of each operation that which its evidence recommends. */
  readonly decision: Omit<PersonsDecision, 'decision'> & Partial<Pick<PersonsDecision, 'decision'>>;
  /** Where `decision` has none: skip those whose evidence recommends another one. */
  readonly only?: Decision | undefined;
  /** Probe, and decide nothing. */
  readonly isDryRun: boolean;
  /** The person has compared each operation: no probe has to support the decision. */
  readonly isCompared?: boolean;
}

type Listed = BulkDecision['operations'][number];

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

/** Why decisions about several operations of a kind are refused; undefined if they are not. */
export function whyOnlyOneByOne(kind: string, decision: Decision | undefined): string | undefined {
  if (decision !== 'not_executed' || !NEVER_BY_ABSENCE.has(kind)) return undefined;
  return `A ${printable(kind)} can be decided as not_executed only one by one: no probe proves that it was not executed`;
}

/**
 * Probes each operation, and decides those whose probe supports the decision, in the version that was probed. Skips
 * what the gateway refuses; stops once the gateway cannot be reached.
 */
export async function decideEach(
  client: GatewayClient,
  many: BulkDecision,
  report: (result: EachResult) => void,
): Promise<readonly EachResult[]> {
  const results: EachResult[] = [];
  let broken = false;
  for (const listed of many.operations) {
    const result: EachResult = broken ? notTried(listed) : await decideOne(client, listed, many);
    broken ||= result.result === 'failed';
    results.push(result);
    report(result);
  }
  return results;
}

function notTried({ id }: Listed): EachResult {
  return { id, result: 'not-tried', because: 'an earlier call to the gateway failed' };
}

async function decideOne(client: GatewayClient, listed: Listed, many: BulkDecision): Promise<EachResult> {
  const { id } = listed;
  try {
    const read =
      many.isCompared === true ? await readOperation(client, id) : await probePatiently(client, id);
    const { operation, tag } = read;
    const about = `${operation.kind}, ${aboutOf(operation)}`;
    const decision = many.decision.decision ?? operation.recommendation ?? undefined;
    const because =
      whyNot(read, listed, decision, many.isCompared === true) ??
      (many.decision.decision === undefined ? whyNotRecommended(operation, many.only) : undefined);
    if (because !== undefined || decision === undefined) {
      const isAlone =
        operation.state === 'unknown' && whyOnlyOneByOne(operation.kind, decision) !== undefined;
      const alone = isAlone ? { isOnlyOneByOne: true as const } : {};
      return {
        id,
        result: 'skipped',
        about,
        because: because ?? 'its evidence recommends nothing',
        ...alone,
      };
    }
    const chosen = { decision, about };
    const migrationId =
      many.decision.decision === undefined ? provedMigrationOf(operation) : many.decision.migrationId;
    const named = decision === 'executed' && migrationId !== undefined ? { migrationId } : {};
    if (many.isDryRun) return { id, result: 'would-decide', ...chosen };
    await decideOperation(client, id, { ...many.decision, decision, ...named }, tag);
    return { id, result: 'decided', ...chosen };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error instanceof GatewayProblem && !endsAll(error)) {
      return { id, result: 'skipped', because: `${error.slug}: ${error.detail}` };
    }
    return { id, result: 'failed', because: error.message };
  }
}

/** Why the operation is skipped; undefined when it can be decided. */
function whyNot(
  { operation, tag }: ReadOperation,
  listed: Listed,
  decision: Decision | undefined,
  isCompared: boolean,
): string | undefined {
  if (listed.kind !== undefined && operation.kind !== listed.kind) {
    return `it is a ${printable(operation.kind)}, unlike in the file`;
  }
  if (operation.state !== 'unknown') return stateInWords(operation);
  if (tag === undefined) return 'the gateway returned no version of the probed operation';
  const onlyOneByOne = whyOnlyOneByOne(operation.kind, decision);
  if (onlyOneByOne !== undefined || isCompared) return onlyOneByOne;
  const { shows, because } = (operation.evidence.at(-1)?.seen ?? {}) as Record<string, unknown>;
  const isSupported = decision !== undefined && SHOWINGS[decision].has(shows as never);
  if (isSupported && operation.recommendation === decision) return undefined;
  const reason = typeof because === 'string' ? ` (${printable(because)})` : '';
  return (
    `the probe shows ${printable(String(shows))}${reason}, the evidence recommends ` +
    `${operation.recommendation ?? 'nothing'}: decide it on its own`
  );
}

/** Why a decision is not left to the recommendation of the operation. */
function whyNotRecommended(operation: OperationDto, only: Decision | undefined): string | undefined {
  const { recommendation } = operation;
  if (only !== undefined && recommendation !== null && recommendation !== only) {
    return `its evidence recommends ${recommendation} now, not ${only}`;
  }
  return whyNotMigration(operation, recommendation ?? undefined);
}

/** A migration costs money: what is true of most of them is left to a person. */
function whyNotMigration(operation: OperationDto, decision: Decision | undefined): string | undefined {
  if (operation.kind !== 'migration_create') return undefined;
  if (decision === 'executed') {
    return provedMigrationOf(operation) === undefined
      ? 'no probe proves which migration it started: decide it on its own, with --migration-id'
      : undefined;
  }
  const { startFull } = (operation.request['body'] ?? {}) as { startFull?: unknown };
  return startFull === true
    ? 'it has startFull, so Import2 has to confirm that none was started: decide it on its own'
    : undefined;
}

/** The one new migration in the latest probe, if that proves that this operation started it. */
function provedMigrationOf({ kind, evidence }: OperationDto): string | undefined {
  if (kind !== 'migration_create') return undefined;
  const { shows, seen } = (evidence.at(-1)?.seen ?? {}) as {
    shows?: unknown;
    seen?: { unclaimed?: unknown };
  };
  const unclaimed = Array.isArray(seen?.unclaimed) ? (seen.unclaimed as { id?: unknown }[]) : [];
  const [only, second] = unclaimed;
  return shows === 'executed' && second === undefined && typeof only?.id === 'string' ? only.id : undefined;
}

function stateInWords({ state, resolution }: OperationDto): string {
  const decided = resolution ? `, ${resolution.decision} by ${resolution.by} at ${resolution.at}` : '';
  return printable(`its state is ${state}${decided}`);
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
