import { parseArgs } from 'node:util';
import type { OperationDto } from '../http/operations/dto/operation.dto.js';
import { ACCESS_OPTIONS } from './gateway.access.js';
import type { GatewayClient, Query } from './gateway.client.js';
import { OWN_ONLY } from './gateway.problem.js';
import { operationIn, OPERATIONS_PATH, withGateway } from './operations.api.js';
import { operationsTable } from './operations.text.js';
import { CommandError, EXIT, type ExitCode, printable, printableJson, type Terminal } from './terminal.js';

const OPTIONS = {
  ...ACCESS_OPTIONS,
  state: { type: 'string' },
  kind: { type: 'string' },
  awaits: { type: 'string' },
  recommendation: { type: 'string' },
  user: { type: 'string' },
  'voucher-group': { type: 'string' },
  'destination-username': { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

interface Page {
  readonly items: readonly OperationDto[];
  readonly nextCursor: string | null;
}

/** Lists operations, newest first: one page, or all pages. The gateway validates the filters. */
export async function listOperations(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const { all = false, json = false } = values;
  const filters: Query = {
    state: values.state,
    kind: values.kind,
    awaits: values.awaits,
    recommendation: values.recommendation,
    userId: values.user,
    voucherGroupId: values['voucher-group'],
    destinationUsername: values['destination-username'],
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
