import { CliCommand, jsonOption } from '../cli.command.js';
import { accessOptions, type AccessValues } from '../gateway/gateway.access.js';
import { checkedId, ID_HELP, probeOperationNow, wholeIdOf, withGateway } from './operations.api.js';
import { nowOf } from './operations.filters.js';
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
  const id = checkedId(given);
  const { operation, tag } = await withGateway(
    values,
    terminal,
    async (client) => probeOperationNow(client, await wholeIdOf(client, id)),
    'decides',
  );
  terminal.out(
    values.json === true ? `${printableJson(operation)}\n` : operationText(operation, nowOf(terminal), tag),
  );
  terminal.err(nextStepsOf(operation, tag));
  return EXIT.ok;
}
