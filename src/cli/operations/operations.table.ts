import type { OperationDto } from '../../http/operations/dto/operation.dto.js';
import { SHOWN_STATES } from '../../http/operations/shown.state.js';
import { OPERATION_KINDS } from '../../ledger/operation.kind.js';
import { printable } from '../terminal.js';
import { aboutOf } from './operations.text.js';
import { ageInWords, reasonInWords } from './operations.words.js';

/** How a table is printed. */
export interface TableStyle {
  readonly nowMs: number;
  readonly colors: boolean;
  /** Only the first page has headings. */
  readonly isFirst: boolean;
}

const HEADINGS = ['ID', 'CREATED', 'AGE', 'STATE', 'AWAITS', 'KIND', 'TENANT', 'CALLER', 'ABOUT', 'REASON'];

/** Of a UUIDv7: its millisecond and 12 random bits, which is unique but for a burst of millions a second. */
const SHORT_ID_LENGTH = 18;

/** Wide enough for every id, time, age, state and kind, so that the columns of pages align. */
const WIDTHS_MIN = [
  SHORT_ID_LENGTH,
  20,
  3,
  Math.max(...SHOWN_STATES.map(({ length }) => length)),
  'evidence'.length,
  Math.max(...OPERATION_KINDS.map(({ length }) => length)),
];

/** Select Graphic Rendition codes of a terminal. */
const COLORS: Readonly<Record<string, number>> = {
  running: 36,
  succeeded: 32,
  failed: 31,
  unknown: 33,
  released: 2,
};

const BOLD = 1;

/** One page as a table; its ids are shortened, and accepted as such by every command. */
export function operationsTable(operations: readonly OperationDto[], style: TableStyle): string {
  const rows = operations.map((operation) => cellsOf(operation, operations, style.nowMs));
  return tableOf(style.isFirst ? [HEADINGS, ...rows] : rows, {
    widthsMin: WIDTHS_MIN,
    paint: style.colors ? paint : undefined,
  });
}

interface Layout {
  readonly widthsMin?: readonly number[];
  /** Adds colors to a cell that has its width. */
  readonly paint?: ((cell: string) => string) | undefined;
}

/** Aligned columns, without trailing spaces. */
export function tableOf(
  rows: readonly (readonly string[])[],
  { widthsMin = [], paint: painted = (cell) => cell }: Layout = {},
): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(widthsMin[column] ?? 0, ...rows.map((row) => printable(row[column] ?? '').length)),
  );
  return rows
    .map((row) => {
      const cells = row.map((cell, column) => {
        const width = column === row.length - 1 ? 0 : (widths[column] ?? 0);
        return painted(printable(cell).padEnd(width));
      });
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}

function paint(cell: string): string {
  const text = cell.trimEnd();
  const code = HEADINGS.includes(text) ? BOLD : COLORS[text];
  return code === undefined ? cell : `\u001b[${code}m${text}\u001b[0m${cell.slice(text.length)}`;
}

function cellsOf(operation: OperationDto, page: readonly OperationDto[], nowMs: number): readonly string[] {
  const { id, createdAt, state, awaits, recommendation, kind, tenant, caller, finishedAt } = operation;
  const since = state === 'unknown' ? (finishedAt ?? createdAt) : createdAt;
  const suggested = recommendation ? ` (${recommendation})` : '';
  return [
    shortIdOf(id, page),
    secondsOf(createdAt),
    ageInWords(since, nowMs),
    state,
    awaits ? `${awaits}${suggested}` : '-',
    kind,
    tenant ?? '-',
    caller,
    aboutOf(operation),
    reasonInWords(operation),
  ];
}

/** The id in full if another one of the page begins in the same way. */
function shortIdOf(id: string, page: readonly OperationDto[]): string {
  const short = id.slice(0, SHORT_ID_LENGTH);
  return page.some((other) => other.id !== id && other.id.startsWith(short)) ? id : short;
}

/** Without milliseconds, to save width. */
function secondsOf(time: string): string {
  return time.replace(/\.\d+Z$/, 'Z');
}
