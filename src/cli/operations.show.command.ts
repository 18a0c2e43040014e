import { parseArgs } from 'node:util';
import { ACCESS_OPTIONS } from './gateway.access.js';
import { operationIdOf, operationIn, OPERATIONS_PATH, withGateway } from './operations.api.js';
import { operationText } from './operations.text.js';
import { EXIT, type ExitCode, printableJson, type Terminal } from './terminal.js';

/** Shows everything of one operation, and for an unknown one what to do next. */
export async function showOperation(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args,
    options: { ...ACCESS_OPTIONS, json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const id = operationIdOf(positionals, 'operations show');
  const operation = await withGateway(values, terminal, async (client) =>
    operationIn(await client.get(`${OPERATIONS_PATH}/${id}`)),
  );
  terminal.out(values.json === true ? `${printableJson(operation)}\n` : operationText(operation));
  if (operation.state === 'unknown') {
    terminal.err(
      '\nNobody knows whether it was executed. Look at the upstream (docs/operations.md says where), then:\n' +
        `  tollgate operations resolve ${id} --decision executed|not_executed --reason TEXT\n`,
    );
  }
  return EXIT.ok;
}
