/**
 * `npm run bench`: Tollgate beside its rivals, each with the same requests, in turn on one core; load, vendor and databases
 * share another. Prints a table of every workload and the targets, and ends with 1 when one is missed.
 * `-- --only check,list --seconds 1 --rounds 5`: workloads, seconds of a round, and rounds.
 */
import 'reflect-metadata';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { orExit } from '../../test/support/number.options.js';
import { hasCores, leaveServerCore } from '../support/cores.js';
import { Report } from '../support/report.js';
import { withContenders } from './compare.world.js';
import type { ContenderName } from './contenders.js';
import { optionsWithNames } from './options.js';
import { measureRounds, type Rounds } from './rounds.js';
import { tableOf } from './table.js';
import { figuresOf, machineFactor, startFigures } from './targets.js';
import { WORKLOADS } from './workloads.js';

const { only, numbers } = orExit(() =>
  optionsWithNames(
    WORKLOADS.map(({ name }) => name),
    {
      seconds: { min: 1, max: 60, default: 1 },
      // The fewest with a median and a spread that mean something.
      rounds: { min: 1, max: 100, default: 5 },
    },
  ),
);

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const notes: string[] = [];
const note = (text: string): void => {
  notes.push(text);
  print(`note: ${text}`);
};

const chosen = WORKLOADS.filter(({ name }) => only.includes(name));
const wanted = new Set<ContenderName>(chosen.flatMap(({ contenders }) => contenders));
const results = new Map<string, Rounds>();

const report = new Report('bench');
if (!hasCores()) note('one core, or no taskset: servers and load share what there is');
leaveServerCore();
await withContenders(wanted, { note, progress: print }, async ({ contenders, hasDatabase, full }) => {
  for (const workload of chosen.filter(({ needsDatabase }) => hasDatabase || !needsDatabase)) {
    const those = contenders.filter(({ name }) => workload.contenders.includes(name));
    const rounds = await measureRounds(workload, those, numbers, note);
    results.set(workload.name, rounds);
    print(tableOf(workload, rounds));
  }
  print('');
  for (const figure of figuresOf(results)) report.add(figure);
  const started = full ? startFigures(full.gateway, full.idleBytes, machineFactor(results)) : [];
  for (const figure of started) report.add(figure);
});
const workloads = [...results].map(([name, rounds]) => ({ name, contenders: Object.fromEntries(rounds) }));
const machine = { node: process.version, processor: cpus()[0]?.model };
const isMet = report.finish(join(tmpdir(), 'bench.json'), numbers, { machine, notes, workloads });
process.exit(isMet ? 0 : 1);
