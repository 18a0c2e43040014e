import type { OperationsSummaryDto } from '../../http/operations/dto/operations-summary.dto.js';
import { CliCommand, jsonOption } from '../cli.command.js';
import { accessOptions, type AccessValues } from '../gateway/gateway.access.js';
import { OWN_ONLY } from '../gateway/gateway.problem.js';
import { OPERATIONS_PATH, withGateway } from './operations.api.js';
import { tableOf } from './operations.table.js';
import { CommandError, EXIT, type ExitCode, printableJson, type Terminal } from '../terminal.js';

const HEADINGS = ['COUNT', 'KIND', 'AWAITS', 'RECOMMENDATION', 'OLDEST'] as const;

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
  const { body } = await withGateway(values, terminal, (client) => client.get(`${OPERATIONS_PATH}/summary`));
  const { items } = body as Partial<OperationsSummaryDto>;
  if (!Array.isArray(items)) throw new CommandError('The response of the gateway is not a summary.');
  const counts = items as OperationsSummaryDto['items'];
  if (values.json === true) terminal.out(counts.map((each) => `${printableJson(each)}\n`).join(''));
  else if (counts.length === 0) terminal.out('No operation visible to this key has an unknown outcome.\n');
  else {
    const rows = counts.map(({ count, kind, awaits, recommendation, oldestSentAt }) => [
      String(count),
      kind,
      awaits,
      recommendation ?? '-',
      oldestSentAt,
    ]);
    terminal.out(tableOf([HEADINGS, ...rows]));
  }
  if (counts.length === 0) terminal.err(`${OWN_ONLY}\n`);
  return EXIT.ok;
}
