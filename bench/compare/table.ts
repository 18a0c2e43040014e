import type { Round, Rounds } from './rounds.js';
import { spreadOf } from './statistics.js';
import type { Workload } from './workloads.js';

const COLUMNS = ['requests/s', 'CPU us/request', 'p50 ms', 'p99 ms', 'hits %', 'memory MB'] as const;
const WIDTH = 24;

/** Of one workload: the median of the rounds, in brackets the lowest and the highest. */
export function tableOf({ title, clients }: Workload, rounds: Rounds): string {
  const head = ['', ...COLUMNS].map((cell, index) => (index === 0 ? cell.padEnd(16) : cell.padStart(WIDTH)));
  const rows = [...rounds].map(
    ([name, each]) =>
      `${name.padEnd(16)}${cellsOf(each)
        .map((cell) => cell.padStart(WIDTH))
        .join('')}`,
  );
  return [`\n${title}, ${clients} connection(s)`, head.join(''), ...rows].join('\n');
}

function cellsOf(rounds: readonly Round[]): string[] {
  return [
    cell(rounds, ({ perSecond }) => perSecond),
    cell(rounds, ({ cpuMicroseconds }) => cpuMicroseconds),
    cell(rounds, ({ p50Ms }) => p50Ms),
    cell(rounds, ({ p99Ms }) => p99Ms),
    cell(rounds, ({ hitShare }) => 100 * hitShare),
    cell(rounds, ({ residentBytes }) => residentBytes && residentBytes / 2 ** 20),
  ];
}

function cell(rounds: readonly Round[], pick: (round: Round) => number | undefined): string {
  const values = rounds.map(pick).filter((value) => value !== undefined);
  const spread = spreadOf(values);
  if (!spread) return '-';
  return `${shown(spread.median)} (${shown(spread.min)}-${shown(spread.max)})`;
}

const shown = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
