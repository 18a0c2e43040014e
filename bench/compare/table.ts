import type { Round, Rounds } from './rounds.js';
import { spreadOf } from './statistics.js';
import type { Workload } from './workloads.js';

interface Column {
  readonly title: string;
  readonly pick: (round: Round) => number | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: 'requests/s', pick: ({ perSecond }) => perSecond },
  { title: 'CPU us/request', pick: ({ cpuMicroseconds }) => cpuMicroseconds },
  { title: 'p50 ms', pick: ({ p50Ms }) => p50Ms },
  { title: 'p99 ms', pick: ({ p99Ms }) => p99Ms },
  { title: 'memory MB', pick: ({ residentBytes }) => residentBytes && residentBytes / 2 ** 20 },
];

const HITS: Column = { title: 'hits %', pick: ({ hitShare }) => 100 * hitShare };

const NAME_WIDTH = 16;
const WIDTH = 20;

/** Of one workload: the median of the rounds, in brackets the lowest and the highest. */
export function tableOf({ title, clients }: Workload, rounds: Rounds): string {
  const hasHits = [...rounds.values()].flat().some(({ hitShare }) => hitShare > 0);
  const columns = hasHits ? [...COLUMNS, HITS] : COLUMNS;
  const row = (name: string, cells: readonly string[]) =>
    name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(WIDTH)).join('');
  const head = row(
    '',
    columns.map((column) => column.title),
  );
  const rows = [...rounds].map(([name, each]) =>
    row(
      name,
      columns.map(({ pick }) => cellOf(each.map(pick))),
    ),
  );
  return [`\n${title}, ${clients} connection(s)`, head, ...rows].join('\n');
}

function cellOf(values: readonly (number | undefined)[]): string {
  const spread = spreadOf(values.filter((value) => value !== undefined));
  if (!spread) return '-';
  return `${shown(spread.median)} (${shown(spread.min)}-${shown(spread.max)})`;
}

const shown = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
