import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { SHOWN_STATES } from '../../http/operations/shown.state.js';
import { OPERATION_KINDS } from '../../ledger/operation.kind.js';
import { printable, printableJson } from '../terminal.js';

const HEADINGS = ['ID', 'CREATED', 'STATE', 'KIND', 'CALLER', 'ABOUT'] as const;

/** Wide enough for every id, time, state and kind, so that the columns of pages align. */
const WIDTHS_MIN = [
  36,
  20,
  Math.max(...SHOWN_STATES.map(({ length }) => length)),
  Math.max(...OPERATION_KINDS.map(({ length }) => length)),
] as const;

/** One page as a table; only the first has headings. */
export function operationsTable(operations: readonly OperationDto[], isFirst: boolean): string {
  const cells = operations.map(cellsOf);
  return tableOf(isFirst ? [HEADINGS, ...cells] : cells, WIDTHS_MIN);
}

/** Aligned columns, without trailing spaces. */
export function tableOf(rows: readonly (readonly string[])[], widthsMin: readonly number[] = []): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(widthsMin[column] ?? 0, ...rows.map((row) => printable(row[column] ?? '').length)),
  );
  return rows
    .map((row) => row.map((cell, column) => printable(cell).padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function cellsOf(operation: OperationDto): readonly string[] {
  const { id, createdAt, state, kind, caller } = operation;
  return [id, secondsOf(createdAt), state, kind, caller, aboutOf(operation)];
}

/** One operation in full, one line per member; `tag` is its version. */
export function operationText(operation: OperationDto, tag?: string): string {
  const { id, state, outcome, kind, caller, requestId, request, answer } = operation;
  const lines: (readonly [string, string])[] = [
    ['Operation', id],
    ...(tag === undefined ? [] : [['Version', bareTag(tag)] as const]),
    ['State', outcome === null ? state : `${state} (outcome: ${outcome})`],
    ...waitingLines(operation),
    ['Kind', kind],
    ['About', aboutOf(operation)],
    ['Caller', caller],
    ['Request id', requestId ?? 'none'],
    ['Created', operation.createdAt],
    ['Sent', sentOf(operation)],
    endLine(operation),
    ['Response', answer ? `status ${answer.status} is stored for its key` : 'none is stored'],
    ['Request', printableJson(request)],
    ['Snapshot', snapshotOf(operation)],
    ...evidenceLines(operation),
    ['Resolution', resolutionOf(operation)],
    ...(operation.contradictedAt ? [['Contradicted', contradictionOf(operation)] as const] : []),
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines.map(([label, text]) => `${label.padEnd(width)}  ${printable(text)}\n`).join('');
}

/** For standard error: next steps for an unknown operation; empty for all others. */
export function nextStepsOf(operation: OperationDto, tag?: string): string {
  const { id, state, kind } = operation;
  if (state !== 'unknown') return '';
  const named = kind === 'migration_create' ? ' [--migration-id ID]' : '';
  const version = tag === undefined ? '' : ` --if-match ${bareTag(tag)}`;
  return (
    `\n${adviceOf(operation)} See docs/operations.md for what to compare for ${kind}.\n` +
    `  tollgate operations probe ${id}\n` +
    `  tollgate operations resolve ${id} --decision executed|not_executed --reason TEXT${named}${version}\n`
  );
}

function adviceOf({ awaits, recommendation }: OperationDto): string {
  if (recommendation) return `The evidence suggests ${recommendation}, without proving it.`;
  if (awaits === 'person') return 'No probe can decide it: compare manually.';
  return 'The evidence suggests no outcome yet, and the gateway continues to probe: wait.';
}

/** Without quotes, as `--if-match` accepts it. */
function bareTag(tag: string): string {
  return tag.replace(/^"(.*)"$/, '$1');
}

/** An operation of an older gateway has none of these fields. */
function waitingLines({ state, awaits, recommendation }: OperationDto): (readonly [string, string])[] {
  if (state !== 'unknown' || !awaits) return [];
  return [
    ['Awaits', awaits],
    ['Recommends', recommendation ?? 'nothing'],
  ];
}

function sentOf({ sentAt, attempts, resolution, state }: OperationDto): string {
  if (resolution?.basis === 'already_so') return 'nothing was sent: the requested state existed already';
  const attempt = attempts > 1 ? `, attempt ${attempts}` : '';
  return state === 'running' ? `${sentAt}, or about to be${attempt}` : `${sentAt}${attempt}`;
}

function endLine({ state, finishedAt }: OperationDto): readonly [string, string] {
  if (state === 'unknown') return ['Unknown since', finishedAt ?? 'not known'];
  return ['Finished', finishedAt ?? 'not yet'];
}

function snapshotOf({ snapshot }: OperationDto): string {
  if (!snapshot) return 'none was read before the call';
  const { at, asked, seen } = snapshot;
  return `${at}: ${asked} -> ${printableJson(seen)}`;
}

function evidenceLines({ evidence }: OperationDto): (readonly [string, string])[] {
  if (evidence.length === 0) return [['Evidence', 'none']];
  return evidence.map(({ at, by, asked, seen }, index) => [
    index === 0 ? 'Evidence' : '',
    `${at} ${by}: ${asked} -> ${printableJson(seen)}`,
  ]);
}

function resolutionOf({ resolution }: OperationDto): string {
  if (!resolution) return 'none';
  const { decision, basis, by, at, reason } = resolution;
  return `${decision}, decided by ${by} (${basis}) at ${at}: ${reason}`;
}

function contradictionOf({ contradictedAt }: OperationDto): string {
  return `at ${contradictedAt ?? ''} a late response contradicted the decision: it was executed`;
}

function aboutOf(operation: OperationDto): string {
  const { userId, productId, voucherGroupId, migrationId, destinationUsername } = operation;
  const parts = Object.entries({
    user: userId,
    product: productId,
    group: voucherGroupId,
    migration: migrationId,
    destination: destinationUsername,
  }).flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
  return parts.length === 0 ? '-' : parts.join(', ');
}

/** Without milliseconds, to save width. */
function secondsOf(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}
