import { parseArgs } from 'node:util';
import { ACCESS_OPTIONS } from './gateway.access.js';
import { operationIdOf, readOperation, withGateway } from './operations.api.js';
import { nextStepsOf, operationText } from './operations.text.js';
import { EXIT, type ExitCode, printableJson, type Terminal } from './terminal.js';

/** Shows one operation in full, and for an unknown one the next steps. */
export async function showOperation(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args,
    options: { ...ACCESS_OPTIONS, json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const id = operationIdOf(positionals, 'operations show');
  const { operation, tag } = await withGateway(values, terminal, (client) => readOperation(client, id));
  terminal.out(values.json === true ? `${printableJson(operation)}\n` : operationText(operation, tag));
  terminal.err(nextStepsOf(operation, tag));
  return EXIT.ok;
}
