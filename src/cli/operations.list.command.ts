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

/** Lists operations, newest first: one page, or all of them page by page. The gateway judges the filters. */
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
    // The largest page that the gateway gives.
    limit: values.limit ?? (all ? '100' : undefined),
  };
  return withGateway(values, terminal, async (client) => {
    const print = async (cursor: string | undefined): Promise<string | undefined> => {
      const page = await pageOf(client, { ...filters, cursor });
      terminal.out(json ? jsonLines(page) : textOf(page, cursor === values.cursor));
      if (page.items.length === 0) terminal.err(`${OWN_ONLY}\n`);
      if (page.nextCursor !== null && page.nextCursor === cursor)
        throw new CommandError('The gateway answers the same page again.');
      return page.nextCursor ?? undefined;
    };
    let cursor = await print(values.cursor);
    if (all) while (cursor !== undefined) cursor = await print(cursor);
    if (cursor !== undefined) terminal.err(`There are more: add --cursor ${printable(cursor)}, or --all.\n`);
    return EXIT.ok;
  });
}

async function pageOf(client: GatewayClient, query: Query): Promise<Page> {
  const { items, nextCursor } = (await client.get(OPERATIONS_PATH, query)).body as Partial<Page>;
  if (!Array.isArray(items)) throw new CommandError('The gateway answered something that is no list.');
  return { items: items.map(operationIn), nextCursor: nextCursor ?? null };
}

/** One operation a line, so that pages follow each other without end. */
function jsonLines({ items }: Page): string {
  return items.map((each) => `${printableJson(each)}\n`).join('');
}

function textOf({ items }: Page, isFirst: boolean): string {
  return items.length === 0 ? 'No operations.\n' : operationsTable(items, isFirst);
}
