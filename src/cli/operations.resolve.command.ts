import { parseArgs } from 'node:util';
import type { OperationDto } from '../http/operations/dto/operation.dto.js';
import { ACCESS_OPTIONS } from './gateway.access.js';
import { type GatewayClient, NoAnswerError } from './gateway.client.js';
import { operationIdOf, operationIn, OPERATIONS_PATH, withGateway } from './operations.api.js';
import { operationText } from './operations.text.js';
import { EXIT, type ExitCode, printableJson, type Terminal, UsageError } from './terminal.js';

const OPTIONS = {
  ...ACCESS_OPTIONS,
  decision: { type: 'string' },
  reason: { type: 'string' },
  evidence: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** Records what a person found out about an unknown operation. Asks nothing back: the decision is on the line. */
export async function resolveOperation(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const id = operationIdOf(positionals, 'operations resolve');
  const { decision, reason, evidence } = values;
  if (decision !== 'executed' && decision !== 'not_executed') {
    throw new UsageError('--decision must be executed or not_executed.');
  }
  if (reason === undefined) throw new UsageError('--reason is needed: how do you know?');
  const resolution = { decision, reason, ...(evidence === undefined ? {} : { evidence }) };
  const operation = await withGateway(values, terminal, (client) => decide(client, id, resolution));
  terminal.out(values.json === true ? `${printableJson(operation)}\n` : operationText(operation));
  terminal.err(`\n${consequenceOf(operation)}\n`);
  return EXIT.ok;
}

async function decide(client: GatewayClient, id: string, resolution: object): Promise<OperationDto> {
  try {
    return operationIn(await client.post(`${OPERATIONS_PATH}/${id}/resolution`, resolution));
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    throw new NoAnswerError(
      `${error.message}\nThe decision may or may not be recorded: look with \`tollgate operations show ${id}\`. ` +
        'Deciding again does no harm.',
    );
  }
}

function consequenceOf({ outcome, answer }: OperationDto): string {
  if (outcome === 'not_executed') return 'Decided. The same Idempotency-Key may run again.';
  if (answer)
    return `Decided. A repeat of its Idempotency-Key is answered ${answer.status}; nothing is sent.`;
  return (
    'Decided. What the upstream answered is not known: a repeat of its Idempotency-Key is told so (answer-lost); ' +
    'nothing is sent.'
  );
}
