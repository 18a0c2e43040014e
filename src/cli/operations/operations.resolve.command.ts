import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { DECISIONS } from '../../http/operations/dto/operation-resolution.dto.js';
import { CliCommand, choiceOption, jsonOption } from '../cli.command.js';
import { accessOptions, type AccessValues } from '../gateway/gateway.access.js';
import type { GatewayClient } from '../gateway/gateway.client.js';
import {
  decideOperation,
  ID_HELP,
  operationIdOf,
  type PersonsDecision,
  readOperation,
  withGateway,
} from './operations.api.js';
import { OPERATIONS_MAX, readOperationsFile } from './operations.file.js';
import { checkManyDecision, decideMany, type ManyResult } from './operations.resolve.many.js';
import { operationText } from './operations.text.js';
import { EXIT, type ExitCode, printable, printableJson, type Terminal, UsageError } from '../terminal.js';

interface Values extends AccessValues {
  readonly decision?: string;
  readonly reason?: string;
  readonly evidence?: string;
  readonly migrationId?: string;
  readonly ifMatch?: string;
  readonly fromFile?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function resolveCommand(terminal: Terminal): CliCommand {
  return new CliCommand('resolve', terminal)
    .description('decide the outcome of an unknown operation; final')
    .argument('[id]', ID_HELP)
    .addOption(choiceOption('--decision <decision>', 'the outcome', DECISIONS))
    .option('--reason <text>', 'how you know the outcome, 3 to 500 characters')
    .option('--evidence <text>', 'the proof: a ticket, a statement of the vendor')
    .option('--migration-id <id>', 'the migration that the operation started')
    .option('--if-match <version>', 'decide only this Version, as show prints it')
    .option(
      '--from-file <file>',
      `decide ${MANY_HELP} that "operations list … --json" printed (- is standard input): ` +
        'probes each, decides those whose probe supports the decision, and reports the others',
    )
    .option('--dry-run', 'with --from-file: probe, and decide nothing')
    .addOption(jsonOption())
    .with(accessOptions())
    .does<Values>((values, [id]) => resolveOperation(id, values, terminal));
}

/** Records the decision of a person about one unknown operation, or about those of a file. Not interactive. */
function resolveOperation(id: string | undefined, values: Values, terminal: Terminal): Promise<ExitCode> {
  const decision = decisionOf(values);
  const { fromFile: file } = values;
  if (file === undefined) {
    if (id === undefined) throw new UsageError('pass the id of an operation, or --from-file.');
    if (values.dryRun === true) throw new UsageError('--dry-run is only for --from-file.');
    return resolveOne(operationIdOf(id), values, decision, terminal);
  }
  if (id !== undefined) throw new UsageError('pass one id or --from-file, not both.');
  return resolveMany(file, values, decision, terminal);
}

function decisionOf({ decision, reason, evidence, migrationId }: Values): PersonsDecision {
  if (decision !== 'executed' && decision !== 'not_executed') {
    throw new UsageError('--decision must be executed or not_executed.');
  }
  if (reason === undefined) throw new UsageError('--reason is required: how do you know the outcome?');
  return {
    decision,
    reason,
    ...(evidence === undefined ? {} : { evidence }),
    ...(migrationId === undefined ? {} : { migrationId }),
  };
}

async function resolveOne(
  id: string,
  values: Values,
  decision: PersonsDecision,
  terminal: Terminal,
): Promise<ExitCode> {
  const expected = expectedOf(values.ifMatch);
  const operation = await withGateway(values, terminal, async (client) => {
    return decideOperation(client, id, decision, expected ?? (await unknownTagOf(client, id)));
  });
  terminal.out(values.json === true ? `${printableJson(operation)}\n` : operationText(operation));
  terminal.err(`\n${consequenceOf(operation)}\n`);
  return EXIT.ok;
}

/** Ties the decision to the current version, so that a concurrent change is refused. Undefined when it is not unknown. */
async function unknownTagOf(client: GatewayClient, id: string): Promise<string | undefined> {
  const { operation, tag } = await readOperation(client, id);
  return operation.state === 'unknown' ? tag : undefined;
}

/** As printed by `show`, with or without quotes, which shells remove. */
function expectedOf(version: string | undefined): string | undefined {
  if (version === undefined || version === '*') return version;
  const bare = /^"?([\x21\x23-\x7e]{1,64})"?$/.exec(version)?.[1];
  if (bare === undefined) throw new UsageError('--if-match must be a Version printed by show, or *.');
  return `"${bare}"`;
}

async function resolveMany(
  file: string,
  values: Values,
  decision: PersonsDecision,
  terminal: Terminal,
): Promise<ExitCode> {
  const { migrationId, ifMatch, dryRun: isDryRun = false } = values;
  const single = Object.entries({ '--migration-id': migrationId, '--if-match': ifMatch });
  for (const [flag, value] of single) {
    if (value !== undefined) throw new UsageError(`${flag} applies to one operation, not to --from-file.`);
  }
  const operations = await readOperationsFile(file, terminal);
  const many = { operations, decision, isDryRun };
  checkManyDecision(many);
  const { json = false } = values;
  let done = 0;
  const report = (result: ManyResult) => {
    done += 1;
    terminal.out(json ? `${printableJson(result)}\n` : lineOf(result, `[${done}/${operations.length}]`));
  };
  const results = await withGateway(values, terminal, (client) => decideMany(client, many, report));
  terminal.err(`\n${tallyOf(results)}\n`);
  return exitCodeOf(results);
}

function lineOf({ id, result, because }: ManyResult, place: string): string {
  const reason = because === undefined ? '' : `: ${because.split('\n').map(printable).join('\n  ')}`;
  return `${place} ${id}  ${result}${reason}\n`;
}

function tallyOf(results: readonly ManyResult[]): string {
  const counts = new Map<string, number>();
  for (const { result } of results) counts.set(result, (counts.get(result) ?? 0) + 1);
  return [...counts].map(([result, count]) => `${count} ${result}`).join(', ');
}

function exitCodeOf(results: readonly ManyResult[]): ExitCode {
  if (results.some(({ result }) => result === 'failed')) return EXIT.failed;
  return results.some(({ result }) => result === 'skipped') ? EXIT.partly : EXIT.ok;
}

const MANY_HELP = `1 to ${OPERATIONS_MAX} operations of one kind`;

function consequenceOf({ outcome, answer }: OperationDto): string {
  if (outcome === 'not_executed') return 'Decided. The same Idempotency-Key may run again.';
  if (answer) return `Decided. A repeat with its Idempotency-Key returns ${answer.status}; nothing is sent.`;
  return (
    'Decided. The response of the upstream is not known: a repeat with its Idempotency-Key returns answer-lost; ' +
    'nothing is sent.'
  );
}
