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
import { parseArgs } from 'node:util';
import { GatewayFleet } from './gateway.fleet.js';
import { PostgresServer } from './postgres.server.js';
import { Schedule, type World } from './schedule.js';
import { Simulators } from './simulators.js';
import { Tally } from './tally.js';
import { violationsOf } from './violations.js';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

async function main(): Promise<number> {
  const { schedules, seed } = options();
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-chaos-'));
  // PostgreSQL runs as another user and must get through.
  chmodSync(folder, 0o711);
  const tally = new Tally();
  const started = performance.now();
  let world: World | undefined;
  try {
    world = await startWorld(folder);
    for (let index = 0; index < schedules; index += 1) await runOne(world, tally, seed + index);
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

async function runOne(world: World, tally: Tally, seed: number): Promise<void> {
  const started = performance.now();
  const result = await new Schedule(world, `s${seed}`, seed).run();
  const violations = violationsOf(result);
  tally.add(seed, result, violations);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const trouble = result.plan.disturbances.map(({ kind }) => kind).join(' ');
  process.stdout.write(
    `seed ${seed}: ${result.writes.length} writes, ${result.answers.length} requests, ` +
      `${result.effects.length} effects, ${violations.length} violations, ${seconds} s ${trouble}\n`,
  );
  for (const { kind, what } of violations) process.stdout.write(`  ${kind.toUpperCase()} ${what}\n`);
}

function options(): { schedules: number; seed: number } {
  const { values } = parseArgs({
    options: { schedules: { type: 'string', default: '25' }, seed: { type: 'string', default: '1' } },
  });
  const whole = (name: 'schedules' | 'seed') => {
    const number = /^\d{1,9}$/.test(values[name]) ? Number(values[name]) : 0;
    if (number > 0) return number;
    throw new Error(`--${name} must be a whole number from 1`);
  };
  return { schedules: whole('schedules'), seed: whole('seed') };
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
