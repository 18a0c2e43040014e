import { DECISIONS } from '../../http/operations/dto/operation-resolution.dto.js';
import type { GatewayClient, Query } from '../gateway/gateway.client.js';
import {
  CommandError,
  EXIT,
  type ExitCode,
  printable,
  printableJson,
  type Terminal,
  UsageError,
} from '../terminal.js';
import { checkedId, pageOf, type PersonsDecision, wholeIdOf, withGateway } from './operations.api.js';
import { type ListedOperation, OPERATIONS_MAX, readOperationsFile } from './operations.file.js';
import { nowOf, filterQueryOf } from './operations.filters.js';
import type { ResolveValues } from './operations.resolve.values.js';
import {
  resolveCommandOf,
  unknownSinceOf,
  waitingWithout,
  warningOfYoung,
} from './operations.resolve.hints.js';
import {
  decideEach,
  type BulkDecision,
  type EachResult,
  whyOnlyOneByOne,
} from './operations.resolve.each.js';
import { warnOfOwnOnly } from './operations.visible.js';

/** Decides the operations of a file whose probes support the decision. */
export async function resolveFile(
  file: string,
  values: ResolveValues,
  decision: PersonsDecision,
  terminal: Terminal,
): Promise<ExitCode> {
  const operations = await readOperationsFile(file, terminal);
  const many = { operations, decision, isDryRun: values.dryRun === true };
  const because = whyOnlyOneByOne(operations[0]?.kind ?? '', decision.decision);
  if (because !== undefined) {
    const commands = operations.map(({ id }) => resolveCommandOf([id], decision.decision, values));
    throw new CommandError(`${because}. Compare each, then decide it:\n${commands.join('').trimEnd()}`);
  }
  return withGateway(values, terminal, (client) => decideAll(client, many, values, terminal), 'decides');
}

/** Decides operations that the person has compared and named one by one. */
export function resolveNamed(
  given: readonly string[],
  values: ResolveValues,
  decision: PersonsDecision,
  terminal: Terminal,
): Promise<ExitCode> {
  const checked = checkedIds(given);
  const decide = async (client: GatewayClient): Promise<ExitCode> => {
    const operations = await namedOf(client, checked);
    const many = { operations, decision, isDryRun: values.dryRun === true, isCompared: true };
    return decideAll(client, many, values, terminal);
  };
  return withGateway(values, terminal, decide, 'decides');
}

function checkedIds(given: readonly string[]): readonly string[] {
  if (given.length > OPERATIONS_MAX) {
    throw new UsageError(`one command decides 1 to ${OPERATIONS_MAX} operations.`);
  }
  return given.map(checkedId);
}

async function namedOf(
  client: GatewayClient,
  checked: readonly string[],
): Promise<BulkDecision['operations']> {
  const given: string[] = [];
  for (const id of checked) given.push(await wholeIdOf(client, id));
  const ids = [...new Set(given)];
  const times = await unknownSinceOf(client, ids);
  return ids.map((id, at) => ({ id, ...(times[at] === undefined ? {} : { unknownSince: times[at] }) }));
}

/** Decides what matches the filters, or was given by its id, each operation as its own evidence recommends. */
export function resolveRecommended(
  given: readonly string[],
  values: ResolveValues,
  reason: Pick<PersonsDecision, 'reason' | 'evidence'>,
  terminal: Terminal,
): Promise<ExitCode> {
  const only = DECISIONS.find((each) => each === values.decision);
  if (only !== values.decision) throw new UsageError('--decision must be executed or not_executed.');
  const many = { decision: reason, only, isDryRun: values.dryRun === true };
  const checked = checkedIds(given);
  const decide = async (client: GatewayClient): Promise<ExitCode> =>
    checked.length === 0
      ? resolveMatching(client, many, values, terminal)
      : decideAll(client, { ...many, operations: await namedOf(client, checked) }, values, terminal);
  return withGateway(values, terminal, decide, 'decides');
}

async function resolveMatching(
  client: GatewayClient,
  many: Omit<BulkDecision, 'operations'>,
  values: ResolveValues,
  terminal: Terminal,
): Promise<ExitCode> {
  const query = filterQueryOf(values, terminal);
  const found = await recommendedOf(client, query, many.only ? [many.only] : DECISIONS);
  const waiting = await waitingWithout(client, query, nowOf(terminal));
  const operations = found.slice(0, OPERATIONS_MAX);
  let code: ExitCode = EXIT.ok;
  if (operations.length > 0) code = await decideAll(client, { ...many, operations }, values, terminal);
  else if (values.json !== true) terminal.out('No operation that matches has a recommendation.\n');
  const isMore = found.length > OPERATIONS_MAX;
  if (isMore) terminal.err(`At most ${OPERATIONS_MAX} at once: repeat the command for the others.\n`);
  if (waiting !== undefined) terminal.err(`${waiting}\n`);
  else if (operations.length === 0) await warnOfOwnOnly(client, terminal);
  return code === EXIT.ok && (isMore || waiting !== undefined) ? EXIT.partly : code;
}

/** Pages may be empty although more follow. Newest first within each recommendation. */
async function recommendedOf(
  client: GatewayClient,
  query: Query,
  recommendations: readonly string[],
): Promise<readonly ListedOperation[]> {
  const found: ListedOperation[] = [];
  for (const recommendation of recommendations) {
    let cursor: string | undefined;
    do {
      const page = await pageOf(client, { ...query, recommendation, cursor, limit: String(OPERATIONS_MAX) });
      found.push(
        ...page.items.map(({ id, kind, finishedAt }) => ({
          id,
          kind,
          ...(finishedAt === null ? {} : { unknownSince: finishedAt }),
        })),
      );
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && found.length <= OPERATIONS_MAX);
  }
  return found;
}

async function decideAll(
  client: GatewayClient,
  many: BulkDecision,
  values: ResolveValues,
  terminal: Terminal,
): Promise<ExitCode> {
  const { json = false } = values;
  const times = many.operations.map(({ unknownSince }) => unknownSince);
  const warning = warningOfYoung(times, nowOf(terminal));
  if (warning !== undefined) terminal.err(`${warning}\n`);
  let done = 0;
  const report = (result: EachResult) => {
    done += 1;
    const place = `[${done}/${many.operations.length}]`;
    terminal.out(json ? `${printableJson(result)}\n` : lineOf(result, place));
  };
  const results = await decideEach(client, many, report);
  terminal.err(`\n${tallyOf(results)}\n${nextCommandsOf(results, values)}`);
  return exitCodeOf(results);
}

function lineOf({ id, result, decision, about, because }: EachResult, place: string): string {
  const what = decision === undefined ? result : `${result} ${decision}`;
  const reason = because === undefined ? '' : `: ${because.split('\n').map(printable).join('\n  ')}`;
  return `${place} ${id}  ${what}${reason}${about === undefined ? '' : `  (${printable(about)})`}\n`;
}

/** Commands for what the person does next: decide what a dry run has shown, and what is decided only one by one. */
function nextCommandsOf(results: readonly EachResult[], values: ResolveValues): string {
  const shown = DECISIONS.flatMap((decision) => {
    const ids = results.filter((each) => each.result === 'would-decide' && each.decision === decision);
    return ids.length === 0
      ? []
      : [
          resolveCommandOf(
            ids.map(({ id }) => id),
            decision,
            values,
          ),
        ];
  });
  const alone = results
    .filter(({ isOnlyOneByOne }) => isOnlyOneByOne)
    .map(({ id }) => resolveCommandOf([id], 'not_executed', { ...values, asRecommended: false }));
  return [
    ...(shown.length === 0 || values.fromFile !== undefined
      ? []
      : ['\nTo decide these, and no others:\n', ...shown]),
    ...(alone.length === 0 ? [] : ['\nCompare each of these, then decide it:\n', ...alone]),
  ].join('');
}

function tallyOf(results: readonly EachResult[]): string {
  const counts = new Map<string, number>();
  for (const { result } of results) counts.set(result, (counts.get(result) ?? 0) + 1);
  return [...counts].map(([result, count]) => `${count} ${result}`).join(', ');
}

function exitCodeOf(results: readonly EachResult[]): ExitCode {
  if (results.some(({ result }) => result === 'failed')) return EXIT.failed;
  return results.some(({ result }) => result === 'skipped') ? EXIT.partly : EXIT.ok;
}
