import { DECISIONS } from '../../http/operations/dto/operation-resolution.dto.js';
import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { CliCommand, choiceOption, jsonOption } from '../cli.command.js';
import { accessOptions } from '../gateway/gateway.access.js';
import type { GatewayClient } from '../gateway/gateway.client.js';
import { EXIT, type ExitCode, printableJson, type Terminal, UsageError } from '../terminal.js';
import {
  checkedId,
  decideOperation,
  ID_HELP,
  type PersonsDecision,
  readOperation,
  wholeIdOf,
  withGateway,
} from './operations.api.js';
import { OPERATIONS_MAX } from './operations.file.js';
import { nowOf, subjectOptions } from './operations.filters.js';
import { resolveFile, resolveNamed, resolveRecommended } from './operations.resolve.bulk.js';
import type { ResolveValues } from './operations.resolve.values.js';
import { operationText } from './operations.text.js';

const SEVERAL = `
Which operations, one of:
  <ids...>            you have compared each of them, 1 to ${OPERATIONS_MAX}; no probe
  --from-file <file>  probes each, decides those whose probe supports the decision, and reports the others
  --as-recommended    probes those that match the filters and have a recommendation, decides each as its own
                      evidence recommends, and reports the others; with --decision only those of this decision;
                      with ids these in place of those that match
Handouts, draws, payments and token imports are decided as not_executed only one by one: no probe proves it.
A decision is final. --dry-run shows what it would decide.`;

export function resolveCommand(terminal: Terminal): CliCommand {
  return new CliCommand('resolve', terminal)
    .description('decide the outcome of unknown operations; final')
    .argument('[ids...]', ID_HELP)
    .addOption(choiceOption('--decision <decision>', 'the outcome', DECISIONS))
    .option('--reason <text>', 'how you know the outcome, 3 to 500 characters')
    .option('--evidence <text>', 'the proof: a ticket, a statement of the vendor')
    .option('--migration-id <id>', 'the migration that the operation started')
    .option('--if-match <version>', 'decide only this Version, as show prints it')
    .option(
      '--from-file <file>',
      `1 to ${OPERATIONS_MAX} operations of one kind that "operations list … --json" printed; - is standard input`,
    )
    .option('--as-recommended', 'decide as the evidence of each operation recommends')
    .option('--dry-run', 'for several operations: probe, and decide nothing')
    .addOption(jsonOption())
    .with(subjectOptions())
    .with(accessOptions())
    .addHelpText('after', SEVERAL)
    .does<ResolveValues>((values, ids) => resolveOperations(ids, values, terminal));
}

/** Not interactive. */
function resolveOperations(
  given: readonly string[],
  values: ResolveValues,
  terminal: Terminal,
): Promise<ExitCode> {
  const { fromFile, asRecommended = false } = values;
  const ways = [given.length > 0 || asRecommended, fromFile !== undefined].filter(Boolean).length;
  if (ways !== 1) throw new UsageError('pass one of: the ids of operations, --from-file, --as-recommended.');
  if (!asRecommended || given.length > 0) refuseFilters(values);
  if (asRecommended) {
    refuseSingle(values);
    return resolveRecommended(given, values, reasonOf(values), terminal);
  }
  if (given.length === 1 && given[0] !== undefined) return resolveOne(given[0], values, terminal);
  refuseSingle(values);
  const decision = decisionOf(values);
  return fromFile === undefined
    ? resolveNamed(given, values, decision, terminal)
    : resolveFile(fromFile, values, decision, terminal);
}

function refuseFilters(values: ResolveValues): void {
  const { kind, user, voucherGroup, destinationUsername, from, to } = values;
  const filters = [kind, user, voucherGroup, destinationUsername, from, to];
  if (filters.some((value) => value !== undefined)) {
    throw new UsageError('filters are only for --as-recommended without ids.');
  }
}

function refuseSingle({ migrationId, ifMatch }: ResolveValues): void {
  for (const [flag, value] of Object.entries({ '--migration-id': migrationId, '--if-match': ifMatch })) {
    if (value !== undefined) throw new UsageError(`${flag} applies to one operation, given by its id.`);
  }
}

function decisionOf(values: ResolveValues): PersonsDecision {
  const { decision, migrationId } = values;
  if (decision !== 'executed' && decision !== 'not_executed') {
    throw new UsageError('--decision must be executed or not_executed.');
  }
  return { decision, ...reasonOf(values), ...(migrationId === undefined ? {} : { migrationId }) };
}

function reasonOf({ reason, evidence }: ResolveValues): Pick<PersonsDecision, 'reason' | 'evidence'> {
  if (reason === undefined) throw new UsageError('--reason is required: how do you know the outcome?');
  return { reason, ...(evidence === undefined ? {} : { evidence }) };
}

async function resolveOne(given: string, values: ResolveValues, terminal: Terminal): Promise<ExitCode> {
  const decision = decisionOf(values);
  if (values.dryRun === true) throw new UsageError('--dry-run is only for several operations.');
  const expected = expectedOf(values.ifMatch);
  const checked = checkedId(given);
  const decide = async (client: GatewayClient): Promise<OperationDto> => {
    const id = await wholeIdOf(client, checked);
    return decideOperation(client, id, decision, expected ?? (await unknownTagOf(client, id)));
  };
  const operation = await withGateway(values, terminal, decide, 'decides');
  terminal.out(
    values.json === true ? `${printableJson(operation)}\n` : operationText(operation, nowOf(terminal)),
  );
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

function consequenceOf({ outcome, answer }: OperationDto): string {
  if (outcome === 'not_executed') return 'Decided. A request with the same key may run again.';
  if (answer) return `Decided. A repeat with its key returns ${answer.status}; nothing is sent.`;
  return (
    'Decided. The response of the upstream is not known: a repeat with its key returns answer-lost; ' +
    'nothing is sent.'
  );
}
