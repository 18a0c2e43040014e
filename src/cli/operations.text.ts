import type { OperationDto } from '../http/operations/dto/operation.dto.js';
import { SHOWN_STATES } from '../http/operations/dto/operation-states.js';
import { OPERATION_KINDS } from '../http/operations/idempotent.decorator.js';
import { printable, printableJson } from './terminal.js';

const HEADINGS = ['ID', 'BEGUN', 'STATE', 'KIND', 'CALLER', 'ABOUT'] as const;

/** Fit every id, time, state and kind, so that one page stands below the other. */
const WIDTHS_MIN = [
  36,
  20,
  Math.max(...SHOWN_STATES.map(({ length }) => length)),
  Math.max(...OPERATION_KINDS.map(({ length }) => length)),
  0,
  0,
] as const;

/** One page as a table; only the first has headings. */
export function operationsTable(operations: readonly OperationDto[], isFirst: boolean): string {
  const cells = operations.map(cellsOf);
  const rows = isFirst ? [HEADINGS, ...cells] : cells;
  const widths = WIDTHS_MIN.map((min, column) =>
    Math.max(min, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function cellsOf(operation: OperationDto): readonly string[] {
  const { id, createdAt, state, kind, caller } = operation;
  return [id, secondsOf(createdAt), state, kind, caller, aboutOf(operation)].map(printable);
}

/** Everything of one operation, a line for each thing. */
export function operationText(operation: OperationDto): string {
  const { id, state, outcome, kind, caller, requestId, attempts, request, answer } = operation;
  const lines: [string, string][] = [
    ['Operation', id],
    ['State', outcome === null ? state : `${state} (outcome: ${outcome})`],
    ['Kind', kind],
    ['About', aboutOf(operation)],
    ['Caller', caller],
    ['Request id', requestId ?? 'none'],
    ['Begun', operation.createdAt],
    ...(attempts > 1 ? [['Begun last', `${operation.sentAt}, attempt ${attempts}`] as [string, string]] : []),
    ['Finished', operation.finishedAt ?? 'not yet'],
    ['Answer', answer ? `status ${answer.status} is kept for its key` : 'none is kept'],
    ['Request', printableJson(request)],
    ...evidenceLines(operation),
    ['Resolution', resolutionOf(operation)],
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines.map(([label, text]) => `${label.padEnd(width)}  ${printable(text)}\n`).join('');
}

function evidenceLines({ evidence }: OperationDto): [string, string][] {
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

/** A table has no room for milliseconds. */
function secondsOf(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}
