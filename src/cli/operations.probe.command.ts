import { parseArgs } from 'node:util';
import { ACCESS_OPTIONS } from './gateway.access.js';
import { operationIdOf, probeOperationNow, withGateway } from './operations.api.js';
import { nextStepsOf, operationText } from './operations.text.js';
import { EXIT, type ExitCode, printableJson, type Terminal } from './terminal.js';

/** Probes the upstream for the effect of one unknown operation and shows the result. Decides nothing. */
export async function probeOperation(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args,
    options: { ...ACCESS_OPTIONS, json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const id = operationIdOf(positionals, 'operations probe');
  const { operation, tag } = await withGateway(values, terminal, (client) => probeOperationNow(client, id));
  terminal.out(values.json === true ? `${printableJson(operation)}\n` : operationText(operation, tag));
  terminal.err(nextStepsOf(operation, tag));
  return EXIT.ok;
}
