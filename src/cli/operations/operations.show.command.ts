import { CliCommand, jsonOption } from '../cli.command.js';
import { accessOptions, type AccessValues } from '../gateway/gateway.access.js';
import { checkedId, ID_HELP, readOperation, wholeIdOf, withGateway } from './operations.api.js';
import { nowOf } from './operations.filters.js';
import { nextStepsOf, operationText } from './operations.text.js';
import { EXIT, type ExitCode, printableJson, type Terminal } from '../terminal.js';

interface Values extends AccessValues {
  readonly json?: boolean;
}

export function showCommand(terminal: Terminal): CliCommand {
  return new CliCommand('show', terminal)
    .description('show an operation with its evidence, and the next steps for an unknown one')
    .argument('<id>', ID_HELP)
    .addOption(jsonOption())
    .with(accessOptions())
    .does<Values>((values, [id = '']) => showOperation(id, values, terminal));
}

async function showOperation(given: string, values: Values, terminal: Terminal): Promise<ExitCode> {
  const id = checkedId(given);
  const { operation, tag } = await withGateway(values, terminal, async (client) =>
    readOperation(client, await wholeIdOf(client, id)),
  );
  terminal.out(
    values.json === true ? `${printableJson(operation)}\n` : operationText(operation, nowOf(terminal), tag),
  );
  terminal.err(nextStepsOf(operation, tag));
  return EXIT.ok;
}
