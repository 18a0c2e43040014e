import type { GatewayClient, Query } from '../gateway/gateway.client.js';
import { OWN_ONLY } from '../gateway/gateway.problem.js';
import { EXIT, type ExitCode, printable, printableJson, type Terminal, UsageError } from '../terminal.js';
import { checkedId, pageOf, type PersonsDecision, wholeIdOf, withGateway } from './operations.api.js';
import { type ListedOperation, OPERATIONS_MAX, readOperationsFile } from './operations.file.js';
import { queryOf } from './operations.filters.js';
import type { ResolveValues } from './operations.resolve.command.js';
import {
  checkManyDecision,
  decideMany,
  type ManyDecision,
  type ManyResult,
} from './operations.resolve.many.js';

/** Decides the operations of a file whose probes support the decision. */
export async function resolveFile(
  file: string,
  values: ResolveValues,
  decision: PersonsDecision,
  terminal: Terminal,
): Promise<ExitCode> {
  const operations = await readOperationsFile(file, terminal);
  const many = { operations, decision, isDryRun: values.dryRun === true };
  checkManyDecision(many);
  return withGateway(values, terminal, (client) => decideAll(client, many, values, terminal));
}

/** Decides operations that the person has compared and named one by one. */
export function resolveNamed(
  given: readonly string[],
  values: ResolveValues,
  decision: PersonsDecision,
  terminal: Terminal,
): Promise<ExitCode> {
  if (given.length > OPERATIONS_MAX) {
    throw new UsageError(`one command decides 1 to ${OPERATIONS_MAX} operations.`);
  }
  const checked = given.map(checkedId);
  return withGateway(values, terminal, async (client) => {
    const ids: string[] = [];
    for (const id of checked) ids.push(await wholeIdOf(client, id));
    const operations = [...new Set(ids)].map((id) => ({ id }));
    const many = { operations, decision, isDryRun: values.dryRun === true, isCompared: true };
    return decideAll(client, many, values, terminal);
  });
}

/** Decides what matches the filters, each operation as its own evidence recommends. */
export function resolveRecommended(
  values: ResolveValues,
  reason: Pick<PersonsDecision, 'reason' | 'evidence'>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { decision: only } = values;
  if (only !== undefined && only !== 'executed' && only !== 'not_executed') {
    throw new UsageError('--decision must be executed or not_executed.');
  }
  const query = { ...queryOf(values, terminal), limit: String(OPERATIONS_MAX) };
  return withGateway(values, terminal, async (client) => {
    const found = await recommendedOf(client, query, only ? [only] : ['executed', 'not_executed']);
    if (found.length === 0) {
      terminal.out('No operation that matches has a recommendation.\n');
      terminal.err(`${OWN_ONLY}\n`);
      return EXIT.ok;
    }
    const operations = found.slice(0, OPERATIONS_MAX);
    const many = { operations, decision: reason, isDryRun: values.dryRun === true };
    const code = await decideAll(client, many, values, terminal);
    if (found.length >= OPERATIONS_MAX) {
      terminal.err(`At most ${OPERATIONS_MAX} at once: repeat the command for the others.\n`);
    }
    return code;
  });
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
      const page = await pageOf(client, { ...query, recommendation, cursor });
      found.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && found.length < OPERATIONS_MAX);
  }
  return found;
}

async function decideAll(
  client: GatewayClient,
  many: ManyDecision,
  { json = false }: ResolveValues,
  terminal: Terminal,
): Promise<ExitCode> {
  let done = 0;
  const report = (result: ManyResult) => {
    done += 1;
    const place = `[${done}/${many.operations.length}]`;
    terminal.out(json ? `${printableJson(result)}\n` : lineOf(result, place));
  };
  const results = await decideMany(client, many, report);
  terminal.err(`\n${tallyOf(results)}\n`);
  return exitCodeOf(results);
}

function lineOf({ id, result, decision, about, because }: ManyResult, place: string): string {
  const what = decision === undefined ? result : `${result} ${decision}`;
  const reason = because === undefined ? '' : `: ${because.split('\n').map(printable).join('\n  ')}`;
  return `${place} ${id}  ${what}${reason}${about === undefined ? '' : `  (${printable(about)})`}\n`;
}

function tallyOf(results: readonly ManyResult[]): string {
  const counts = new Map<string, number>();
  for (const { result } of results) counts.set(result, (counts.get(result) ?? 0) + 1);
  return [...counts].map(([result, count]) => `${count} ${result}`).join(', ');
}

function exitCodeOf(results: readonly ManyResult[]): ExitCode {
  if (results.some(({ result }) => result === 'failed')) return EXIT.failed;
  return results.some(({ result }) => result === 'skipped') ? EXIT.partly : EXIT.ok;
}
