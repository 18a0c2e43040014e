import { atLeast, atMost, type Figure, type Target } from '../support/report.js';
import type { BenchGateway } from '../support/built.gateway.js';
import type { ContenderName } from './contenders.js';
import type { Round, Rounds } from './rounds.js';
import { differences, ratios, spreadOf } from './statistics.js';

/** By the name of the workload. */
export type Results = ReadonlyMap<string, Rounds>;

/** CPU of one check of rival (c), in microseconds, on the machine for which the absolute targets were set. */
const REFERENCE_MICROSECONDS = 95;

type Pick = (round: Round) => number | undefined;

const cpu: Pick = ({ cpuMicroseconds }) => cpuMicroseconds;
const rate: Pick = ({ perSecond }) => perSecond;

/** Tollgate against a rival, in one workload. */
interface Comparison {
  readonly workload: string;
  readonly measure: string;
  readonly rival: ContenderName;
  readonly pick: Pick;
  readonly target: Target;
}

const COMPARISONS: readonly Comparison[] = [
  { workload: 'check', measure: 'CPU against naive', rival: 'naive', pick: cpu, target: atMost(0.25) },
  { workload: 'check', measure: 'CPU against bare', rival: 'bare', pick: cpu, target: atMost(1.6) },
  {
    workload: 'cached',
    measure: 'requests/s against naive',
    rival: 'naive',
    pick: rate,
    target: atLeast(10),
  },
  {
    workload: 'cached',
    measure: 'requests/s against krakend',
    rival: 'krakend',
    pick: rate,
    target: atLeast(1),
  },
  { workload: 'refused-401', measure: 'CPU against naive', rival: 'naive', pick: cpu, target: atMost(1 / 3) },
  { workload: 'refused-429', measure: 'CPU against naive', rival: 'naive', pick: cpu, target: atMost(1 / 3) },
];

/** Of a write with its ledger before the work on speed of November 2026, in one run: 4.4 to 5.5, and 13 to 18 with one client. */
const EARLIER = { at32: 5, at1: 15 } as const;

const NO_SLOWER: readonly Comparison[] = [
  {
    workload: 'handout-32',
    measure: 'CPU against bare',
    rival: 'bare',
    pick: cpu,
    target: atMost(EARLIER.at32),
  },
  {
    workload: 'handout-1',
    measure: 'CPU against bare',
    rival: 'bare',
    pick: cpu,
    target: atMost(EARLIER.at1),
  },
];

/** Of Tollgate alone, on the reference machine. */
const ABSOLUTES = [
  { workload: 'list', measure: 'CPU, scaled', unit: 'ms', target: atMost(0.6), of: cpuMilliseconds },
  {
    workload: 'handout-128',
    measure: 'writes/s, scaled',
    unit: '/s',
    target: atLeast(2_500),
    of: writesPerSecond,
  },
] as const;

const ADDED: readonly { measure: string; pick: Pick; target: Target }[] = [
  { measure: 'added to a direct call, p50, scaled', pick: ({ p50Ms }) => p50Ms, target: atMost(0.5) },
  { measure: 'added to a direct call, p99, scaled', pick: ({ p99Ms }) => p99Ms, target: atMost(3) },
];

function cpuMilliseconds({ cpuMicroseconds }: Round, factor: number): number | undefined {
  return cpuMicroseconds && cpuMicroseconds / factor / 1_000;
}

function writesPerSecond({ perSecond }: Round, factor: number): number {
  return perSecond * factor;
}

/** How much slower this machine is than the one for which the absolute targets were set; 1 when that was not measured. */
export function machineFactor(results: Results): number {
  const bare = spreadOf(valuesOf(results.get('check')?.get('bare'), cpu));
  return bare ? bare.median / REFERENCE_MICROSECONDS : 1;
}

/** Every target of the workloads that ran, against the rivals that took part. */
export function figuresOf(results: Results): Figure[] {
  const factor = machineFactor(results);
  const compared = [...COMPARISONS, ...NO_SLOWER].flatMap(({ workload, measure, rival, pick, target }) => {
    const rounds = results.get(workload);
    if (!rounds?.has(rival)) return [];
    const values = ratios(valuesOf(rounds.get('tollgate'), pick), valuesOf(rounds.get(rival), pick));
    return [figure({ scenario: workload, measure, unit: 'times', target }, values)];
  });
  const absolute = ABSOLUTES.flatMap(({ workload, measure, unit, target, of }) => {
    const rounds = results.get(workload);
    const values = valuesOf(rounds?.get('tollgate'), (round) => of(round, factor));
    return rounds ? [figure({ scenario: workload, measure, unit, target }, values)] : [];
  });
  const added = ADDED.flatMap(({ measure, pick, target }) => {
    const rounds = results.get('latency');
    if (!rounds?.has('direct')) return [];
    const values = differences(valuesOf(rounds.get('tollgate'), pick), valuesOf(rounds.get('direct'), pick));
    const scaled = values.map((value) => value / factor);
    return [figure({ scenario: 'latency', measure, unit: 'ms', target }, scaled)];
  });
  const machine = { scenario: 'machine', measure: 'slower than the reference', unit: 'times' };
  return [{ ...machine, value: factor }, ...compared, ...absolute, ...added];
}

/** Of a start on a database that has the schema, with the files in the memory of the system; then idle. */
export function startFigures(
  { readyMs }: BenchGateway,
  idleBytes: number | undefined,
  factor: number,
): Figure[] {
  const scenario = 'start, PostgreSQL and Redis';
  const megabytes = idleBytes === undefined ? undefined : idleBytes / 2 ** 20;
  return [
    { scenario, measure: 'to ready, scaled', value: readyMs / 1_000 / factor, unit: 's', target: atMost(2) },
    { scenario, measure: 'memory, idle', value: megabytes, unit: 'MB', target: atMost(120) },
  ];
}

function figure(part: Omit<Figure, 'value' | 'spread'>, values: readonly number[]): Figure {
  const spread = spreadOf(values);
  return { ...part, value: spread?.median, ...(spread && { spread: [spread.min, spread.max] }) };
}

function valuesOf(rounds: readonly Round[] = [], pick: Pick): number[] {
  return rounds.map(pick).filter((value) => value !== undefined);
}
