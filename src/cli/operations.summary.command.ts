import { parseArgs } from 'node:util';
import type { OperationsSummaryDto } from '../http/operations/dto/operations-summary.dto.js';
import { ACCESS_OPTIONS } from './gateway.access.js';
import { OWN_ONLY } from './gateway.problem.js';
import { OPERATIONS_PATH, withGateway } from './operations.api.js';
import { tableOf } from './operations.text.js';
import { CommandError, EXIT, type ExitCode, printableJson, type Terminal } from './terminal.js';

const HEADINGS = ['COUNT', 'KIND', 'AWAITS', 'RECOMMENDATION', 'OLDEST'] as const;

/** Counts the operations with an unknown outcome by kind and by what they wait for. */
export async function summarizeOperations(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = parseArgs({ args, options: { ...ACCESS_OPTIONS, json: { type: 'boolean' } } });
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
