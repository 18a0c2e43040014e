import { CliCommand, jsonOption } from '../cli.command.js';
import { accessOptions, type AccessValues } from '../gateway/gateway.access.js';
import { ID_HELP, operationIdOf, probeOperationNow, withGateway } from './operations.api.js';
import { nextStepsOf, operationText } from './operations.text.js';
import { EXIT, type ExitCode, printableJson, type Terminal } from '../terminal.js';

interface Values extends AccessValues {
  readonly json?: boolean;
}

export function probeCommand(terminal: Terminal): CliCommand {
  return new CliCommand('probe', terminal)
    .description('read the upstream for the effect of an unknown operation; decides nothing')
    .argument('<id>', ID_HELP)
    .addOption(jsonOption())
    .with(accessOptions())
    .does<Values>((values, [id = '']) => probeOperation(id, values, terminal));
}

async function probeOperation(given: string, values: Values, terminal: Terminal): Promise<ExitCode> {
  const id = operationIdOf(given);
  const { operation, tag } = await withGateway(values, terminal, (client) => probeOperationNow(client, id));
  terminal.out(values.json === true ? `${printableJson(operation)}\n` : operationText(operation, tag));
  terminal.err(nextStepsOf(operation, tag));
  return EXIT.ok;
}
