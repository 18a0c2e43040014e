import { parseArgs } from 'node:util';
import type { OperationDto } from '../http/operations/dto/operation.dto.js';
import { ACCESS_OPTIONS, type AccessValues } from './gateway.access.js';
import type { GatewayClient } from './gateway.client.js';
import {
  decideOperation,
  operationIdOf,
  type PersonsDecision,
  readOperation,
  withGateway,
} from './operations.api.js';
import { OPERATIONS_MAX, readOperationsFile } from './operations.file.js';
import { checkManyDecision, decideMany, type ManyResult } from './operations.resolve.many.js';
import { operationText } from './operations.text.js';
import { EXIT, type ExitCode, printable, printableJson, type Terminal, UsageError } from './terminal.js';

const OPTIONS = {
  ...ACCESS_OPTIONS,
  decision: { type: 'string' },
  reason: { type: 'string' },
  evidence: { type: 'string' },
  'migration-id': { type: 'string' },
  'if-match': { type: 'string' },
  'from-file': { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

interface Values extends AccessValues {
  readonly decision?: string;
  readonly reason?: string;
  readonly evidence?: string;
  readonly 'migration-id'?: string;
  readonly 'if-match'?: string;
  readonly 'from-file'?: string;
  readonly 'dry-run'?: boolean;
  readonly json?: boolean;
}

/** Records the decision of a person about one unknown operation, or about those of a file. Not interactive. */
export async function resolveOperation(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const decision = decisionOf(values);
  const { 'from-file': file } = values;
  if (file !== undefined) return resolveMany(file, { values, positionals, decision }, terminal);
  if (values['dry-run'] === true) throw new UsageError('--dry-run is only for --from-file.');
  return resolveOne(operationIdOf(positionals, 'operations resolve'), values, decision, terminal);
}

function decisionOf(values: Values): PersonsDecision {
  const { decision, reason, evidence, 'migration-id': migrationId } = values;
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
  const expected = expectedOf(values['if-match']);
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

interface ManyArguments {
  readonly values: Values;
  readonly positionals: readonly string[];
  readonly decision: PersonsDecision;
}

async function resolveMany(
  file: string,
  { values, positionals, decision }: ManyArguments,
  terminal: Terminal,
): Promise<ExitCode> {
  if (positionals.length > 0) throw new UsageError('Pass one ID or --from-file, not both.');
  for (const flag of ['migration-id', 'if-match'] as const) {
    if (values[flag] !== undefined)
      throw new UsageError(`--${flag} applies to one operation, not to --from-file.`);
  }
  const operations = await readOperationsFile(file, terminal);
  const many = { operations, decision, isDryRun: values['dry-run'] === true };
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

/** For the help. */
export const MANY_HELP = `1 to ${OPERATIONS_MAX} operations of one kind`;

function consequenceOf({ outcome, answer }: OperationDto): string {
  if (outcome === 'not_executed') return 'Decided. The same Idempotency-Key may run again.';
  if (answer) return `Decided. A repeat with its Idempotency-Key returns ${answer.status}; nothing is sent.`;
  return (
    'Decided. The response of the upstream is not known: a repeat with its Idempotency-Key returns answer-lost; ' +
    'nothing is sent.'
  );
}
