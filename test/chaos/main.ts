/**
 * `npm run chaos -- --schedules 25 --seed 1`: real gateways on a real database between clients that insist and
 * upstreams that fail, while processes are killed; then the ledger is compared with the truth of the simulators.
 * Schedule i of a run has the seed `seed + i`, so one that found something can be run alone. The seed fixes the plan;
 * the timing of the processes stays their own.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { numberOptions, orExit, SEEDS } from '../support/number.options.js';
import { GatewayFleet } from './gateway.fleet.js';
import { PostgresServer } from './postgres.server.js';
import { LOOKED_FOR, rowsOf, Schedule, type ScheduleResult, type World } from './schedule.js';
import { Simulators } from './simulators.js';
import { Tally } from './tally.js';
import { until } from './until.js';
import { type Violation, violationsOf } from './violations.js';

/** Looks come at most two a second; those of a killed gateway only after their time is up. */
const EVIDENCE_MS = 30_000;

const OPTIONS = { schedules: { min: 1, max: 100_000, default: 25 }, seed: SEEDS };

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

async function main(): Promise<number> {
  const { schedules, seed } = orExit(() => numberOptions(OPTIONS));
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-chaos-'));
  // PostgreSQL runs as another user and must get through.
  chmodSync(folder, 0o711);
  const tally = new Tally();
  const started = performance.now();
  let world: World | undefined;
  try {
    world = await startWorld(folder);
    const results: SeededResult[] = [];
    for (let index = 0; index < schedules; index += 1) results.push(await runOne(world, tally, seed + index));
    await evidence(world);
    await lookAgain(world, tally, results);
    return tally.violations.length === 0 ? 0 : 1;
  } finally {
    const seconds = (performance.now() - started) / 1_000;
    process.stdout.write(`\n${tally.report()}\nseconds      ${seconds.toFixed(0)}\n`);
    process.stdout.write(`repeat       npm run chaos -- --schedules ${schedules} --seed ${seed}\n`);
    await world?.fleet.stop();
    await world?.simulators.stop();
    await world?.postgres.stop();
    if (tally.schedules === schedules && tally.violations.length === 0) rmSync(folder, { recursive: true });
    else process.stdout.write(`logs         ${folder}\n`);
  }
}

async function startWorld(folder: string): Promise<World> {
  const postgres = await PostgresServer.create(join(folder, 'postgres'), {
    // Its process is killed, not the machine: what it has written is there after the restart all the same.
    settings: { fsync: 'off', shared_buffers: '32MB' },
  });
  const simulators = await Simulators.start(join(DIST, 'simulators', 'main.js'), folder);
  const parts = { databaseUrl: postgres.url, simulators };
  const fleet = await GatewayFleet.start(join(DIST, 'main.js'), folder, parts);
  return { postgres, simulators, fleet };
}

interface SeededResult {
  readonly seed: number;
  readonly result: ScheduleResult;
}

async function runOne(world: World, tally: Tally, seed: number): Promise<SeededResult> {
  const started = performance.now();
  const result = await new Schedule(world, nameOf(seed), seed).run();
  const violations = violationsOf(result);
  tally.add(seed, result, violations);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const trouble = result.plan.disturbances.map(({ kind }) => kind).join(' ');
  process.stdout.write(
    `seed ${seed}: ${result.writes.length} writes, ${result.answers.length} requests, ` +
      `${result.effects.length} effects, ${violations.length} violations, ${seconds} s ${trouble}\n`,
  );
  show(violations);
  // What the clients heard has been looked at.
  return { seed, result: { ...result, answers: [], earlier: [] } };
}

/** Every operation that can be looked for upstream has been looked for once, or that takes too long to wait for. */
async function evidence({ postgres }: World): Promise<void> {
  await until(
    'each has been looked for',
    async () => {
      const waiting = await postgres.query(
        `select id from operations where state = 'unknown' and not evidence @> '[{"by": "evidence"}]'
           and kind = any($1)`,
        [LOOKED_FOR],
      );
      return waiting.length === 0;
    },
    EVIDENCE_MS,
  ).catch(() => undefined);
}

/** Evidence has decided some of what was left unknown, while other schedules ran: it too must agree with the truth. */
async function lookAgain({ postgres }: World, tally: Tally, results: readonly SeededResult[]): Promise<void> {
  for (const { seed, result } of results) {
    const rows = await rowsOf(postgres, nameOf(seed));
    const violations = violationsOf({ ...result, rows, earlier: [result.rows] });
    tally.addFinal(seed, rows, violations);
    if (violations.length > 0) process.stdout.write(`seed ${seed}, at the end of the run:\n`);
    show(violations);
  }
}

function nameOf(seed: number): string {
  return `s${seed}`;
}

function show(violations: readonly Violation[]): void {
  for (const { kind, what } of violations) process.stdout.write(`  ${kind.toUpperCase()} ${what}\n`);
}

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`The chaos run ends: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
