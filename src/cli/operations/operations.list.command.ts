import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { CliCommand, choiceOption, jsonOption } from '../cli.command.js';
import { accessOptions, type AccessValues } from '../gateway/gateway.access.js';
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
import { pageOf, withGateway } from './operations.api.js';
import { COUNTED_BY, isCountedBy, OperationCounts } from './operations.counts.js';
import {
  nowOf,
  filterQueryOf,
  stateOptions,
  type StateValues,
  subjectOptions,
  type SubjectValues,
} from './operations.filters.js';
import { operationsTable } from './operations.table.js';
import { warnOfOwnOnly } from './operations.visible.js';

/** A thousand calls: enough for every incident, and an end for a count over years. */
const COUNTED_MAX = 100_000;

/** The largest page that the gateway returns. */
const PAGE_MAX = '100';

interface Values extends AccessValues, StateValues, SubjectValues {
  readonly limit?: string;
  readonly cursor?: string;
  readonly all?: boolean;
  readonly countBy?: string;
  readonly json?: boolean;
}

export function listCommand(terminal: Terminal): CliCommand {
  return new CliCommand('list', terminal)
    .description('list operations and their outcomes, newest first, of all tenants of the key')
    .with(stateOptions())
    .with(subjectOptions())
    .option('--limit <count>', 'operations of a page, 1 to 100; default 50')
    .option('--cursor <cursor>', 'continue after an earlier page')
    .option('--all', 'print every page')
    .addOption(choiceOption('--count-by <what>', 'count all that match in place of listing them', COUNTED_BY))
    .addOption(jsonOption())
    .with(accessOptions())
    .does<Values>((values) => listOperations(values, terminal));
}

/** One page, all pages, or counts of all pages. */
function listOperations(values: Values, terminal: Terminal): Promise<ExitCode> {
  const query = filterQueryOf(values, terminal);
  if (values.countBy !== undefined) return countOperations(values, query, terminal);
  return withGateway(values, terminal, (client) => printPages(client, { values, query }, terminal));
}

interface Request {
  readonly values: Values;
  readonly query: Query;
}

async function printPages(
  client: GatewayClient,
  { values, query }: Request,
  terminal: Terminal,
): Promise<ExitCode> {
  const { all = false, json = false } = values;
  const filters = { ...query, limit: values.limit ?? (all ? PAGE_MAX : undefined) };
  const style = { nowMs: nowOf(terminal), colors: terminal.colors === true };
  let printed = 0;
  const print = (items: readonly OperationDto[]): boolean => {
    if (items.length > 0) {
      terminal.out(json ? jsonLines(items) : operationsTable(items, { ...style, isFirst: printed === 0 }));
    }
    printed += items.length;
    return all || printed === 0;
  };
  const cursor = await readPages(client, { ...filters, cursor: values.cursor }, print);
  if (printed === 0) {
    if (!json) terminal.out('No operations.\n');
    await warnOfOwnOnly(client, terminal);
  }
  if (cursor !== undefined) terminal.err(`More follow: add --cursor ${printable(cursor)}, or --all.\n`);
  return EXIT.ok;
}

async function countOperations(values: Values, query: Query, terminal: Terminal): Promise<ExitCode> {
  const { countBy = '', json = false, limit, cursor } = values;
  if (!isCountedBy(countBy)) throw new UsageError(`--count-by must be one of: ${COUNTED_BY.join(', ')}.`);
  if (limit !== undefined || cursor !== undefined) {
    throw new UsageError('--count-by counts all operations that match: leave out --limit and --cursor.');
  }
  const counts = new OperationCounts(countBy);
  const rest = await withGateway(values, terminal, async (client) => {
    const cursor = await readPages(client, { ...query, limit: PAGE_MAX }, (items) => {
      for (const item of items) counts.add(item);
      return counts.total < COUNTED_MAX;
    });
    if (counts.total === 0) await warnOfOwnOnly(client, terminal);
    return cursor;
  });
  if (json) terminal.out(counts.rows.map((row) => `${printableJson(row)}\n`).join(''));
  else terminal.out(counts.total === 0 ? 'No operations.\n' : counts.table);
  if (rest !== undefined)
    terminal.err(`Only the newest ${counts.total} are counted: narrow it with --from.\n`);
  return EXIT.ok;
}

/** Reads pages while `goesOn` returns true. Returns the cursor of the next page; undefined at the end. */
async function readPages(
  client: GatewayClient,
  query: Query,
  goesOn: (items: readonly OperationDto[]) => boolean,
): Promise<string | undefined> {
  let { cursor } = query;
  // A page may be empty although more follow: the gateway bounds the work for a page.
  for (;;) {
    const { items, nextCursor } = await pageOf(client, { ...query, cursor });
    if (nextCursor !== null && nextCursor === cursor) {
      throw new CommandError('The gateway returned the same page again.');
    }
    cursor = nextCursor ?? undefined;
    if (!goesOn(items) || cursor === undefined) return cursor;
  }
}

/** One operation per line, so that pages can be concatenated. */
function jsonLines(items: readonly OperationDto[]): string {
  return items.map((each) => `${printableJson(each)}\n`).join('');
}
