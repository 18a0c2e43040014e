import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { Option } from 'commander';
import { DECISIONS } from '../../http/operations/dto/operation-resolution.dto.js';
import { AWAITS, SHOWN_STATES } from '../../http/operations/shown.state.js';
import { OPERATION_KINDS } from '../../ledger/operation.kind.js';
import { CliCommand, choiceOption, jsonOption } from '../cli.command.js';
import { accessOptions, type AccessValues } from '../gateway/gateway.access.js';
import type { GatewayClient, Query } from '../gateway/gateway.client.js';
import { OWN_ONLY } from '../gateway/gateway.problem.js';
import { operationIn, OPERATIONS_PATH, withGateway } from './operations.api.js';
import { operationsTable } from './operations.text.js';
import { CommandError, EXIT, type ExitCode, printable, printableJson, type Terminal } from '../terminal.js';

/** Values of `filterOptions`. */
interface FilterValues {
  readonly state?: string;
  readonly kind?: string;
  readonly waitingFor?: string;
  readonly recommendation?: string;
  readonly user?: string;
  readonly voucherGroup?: string;
  readonly destinationUsername?: string;
  readonly from?: string;
  readonly to?: string;
}

interface Values extends AccessValues, FilterValues {
  readonly limit?: string;
  readonly cursor?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

interface Page {
  readonly items: readonly OperationDto[];
  readonly nextCursor: string | null;
}

export function listCommand(terminal: Terminal): CliCommand {
  return new CliCommand('list', terminal)
    .description('list operations and their outcomes, newest first')
    .with(filterOptions())
    .option('--limit <count>', 'operations of a page, 1 to 100; default 50')
    .option('--cursor <cursor>', 'continue after an earlier page')
    .option('--all', 'print every page')
    .addOption(jsonOption())
    .with(accessOptions())
    .does<Values>((values) => listOperations(values, terminal));
}

function filterOptions(): readonly Option[] {
  return [
    choiceOption('--state <state>', 'in this state', SHOWN_STATES),
    choiceOption('--kind <kind>', 'of this kind', OPERATION_KINDS),
    choiceOption('--awaits, --waiting-for <what>', 'unknown, and waiting for this', AWAITS),
    choiceOption('--recommendation <decision>', 'unknown, and this is what the evidence suggests', DECISIONS),
    new Option('--user <id>', 'about this user'),
    new Option('--voucher-group <id>', 'about this voucher group'),
    new Option('--destination-username <name>', 'about this user of a destination tool'),
    new Option('--from <time>', 'created at this time or later'),
    new Option('--to <time>', 'created before this time'),
  ].map((option) => option.helpGroup('Filters:'));
}

/** One page, or all pages. The gateway validates the filters. */
async function listOperations(values: Values, terminal: Terminal): Promise<ExitCode> {
  const { all = false, json = false } = values;
  const filters: Query = {
    state: values.state,
    kind: values.kind,
    awaits: values.waitingFor,
    recommendation: values.recommendation,
    userId: values.user,
    voucherGroupId: values.voucherGroup,
    destinationUsername: values.destinationUsername,
    from: values.from,
    to: values.to,
    // The largest page that the gateway returns.
    limit: values.limit ?? (all ? '100' : undefined),
  };
  return withGateway(values, terminal, async (client) => {
    let cursor: string | undefined = values.cursor;
    let printed = 0;
    const isOver = (): boolean => cursor === undefined || (printed > 0 && !all);
    // A page may be empty although more follow: the gateway bounds the work for a page.
    do {
      const { items, nextCursor } = await pageOf(client, { ...filters, cursor });
      if (items.length > 0) terminal.out(json ? jsonLines(items) : operationsTable(items, printed === 0));
      if (nextCursor !== null && nextCursor === cursor)
        throw new CommandError('The gateway returned the same page again.');
      printed += items.length;
      cursor = nextCursor ?? undefined;
    } while (!isOver());
    if (printed === 0) {
      if (!json) terminal.out('No operations.\n');
      terminal.err(`${OWN_ONLY}\n`);
    }
    if (cursor !== undefined) terminal.err(`More follow: add --cursor ${printable(cursor)}, or --all.\n`);
    return EXIT.ok;
  });
}

async function pageOf(client: GatewayClient, query: Query): Promise<Page> {
  const { items, nextCursor } = (await client.get(OPERATIONS_PATH, query)).body as Partial<Page>;
  if (!Array.isArray(items))
    throw new CommandError('The response of the gateway is not a list of operations.');
  return { items: items.map(operationIn), nextCursor: nextCursor ?? null };
}

/** One operation per line, so that pages can be concatenated. */
function jsonLines(items: Page['items']): string {
  return items.map((each) => `${printableJson(each)}\n`).join('');
}
