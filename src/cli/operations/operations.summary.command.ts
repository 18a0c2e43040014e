import type { OperationsSummaryDto } from '../../http/operations/dto/operations-summary.dto.js';
import { CliCommand, jsonOption } from '../cli.command.js';
import { accessOptions, type AccessValues } from '../gateway/gateway.access.js';
import { OPERATIONS_PATH, withGateway, WRONG_SERVER } from './operations.api.js';
import { tableOf } from './operations.table.js';
import { warnOfOwnOnly } from './operations.visible.js';
import { CommandError, EXIT, type ExitCode, printableJson, type Terminal } from '../terminal.js';

const HEADINGS = ['COUNT', 'KIND', 'AWAITS', 'RECOMMENDATION', 'OLDEST SENT'] as const;

interface Values extends AccessValues {
  readonly json?: boolean;
}

export function summaryCommand(terminal: Terminal): CliCommand {
  return new CliCommand('summary', terminal)
    .description('count the operations with an unknown outcome by kind and by what they wait for')
    .addOption(jsonOption())
    .with(accessOptions())
    .does<Values>((values) => summarizeOperations(values, terminal));
}

async function summarizeOperations(values: Values, terminal: Terminal): Promise<ExitCode> {
  const counts = await withGateway(values, terminal, async (client) => {
    const { items } = (await client.get(`${OPERATIONS_PATH}/summary`)).body as Partial<OperationsSummaryDto>;
    if (!Array.isArray(items)) throw new CommandError(`The response is not a summary: ${WRONG_SERVER}`);
    if (items.length === 0) await warnOfOwnOnly(client, terminal);
    return items as OperationsSummaryDto['items'];
  });
  if (values.json === true) terminal.out(counts.map((each) => `${printableJson(each)}\n`).join(''));
  else if (counts.length === 0) terminal.out('No operation visible to this key has an unknown outcome.\n');
  else {
    const rows = counts.map(({ count, hasMore, kind, awaits, recommendation, oldestSentAt }) => [
      hasMore ? `${count}+` : String(count),
      kind,
      awaits,
      recommendation ?? '-',
      oldestSentAt,
    ]);
    terminal.out(tableOf([HEADINGS, ...rows]));
  }
  return EXIT.ok;
}
