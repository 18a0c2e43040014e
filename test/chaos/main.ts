/**
 * `npm run chaos -- --schedules 25 --seed 1`: real gateways on a real database between clients that insist and
 * upstreams that fail, while processes are killed, stand still and have wrong clocks; then the ledger is compared with
 * the recorded effects of the simulators. Schedule i of a run has the seed `seed + i`, so one that found something can be run
 * alone. The seed fixes the plan; the timing of the processes stays their own. `--minutes` begins no schedule after
 * that time, and the last lines of every run name how to go on with the rest.
 */
import { numberOptions, orExit, SEEDS } from '../support/number.options.js';
import type { Violation } from './checks/findings.js';
import { rowsOf } from './checks/ledger.row.js';
import { Schedule, type ScheduleResult } from './schedule.js';
import { ChaosTally } from './checks/chaos.tally.js';
import { violationsOf } from './checks/violations.js';
import { startWorld, stopWorld, type World } from './processes/world.js';

const OPTIONS = {
  schedules: { min: 1, max: 100_000, default: 25 },
  seed: SEEDS,
  minutes: { min: 1, max: 10_000, default: 10_000 },
};

/** All processes are new after so many schedules: what simulators and database have kept would slow the later ones. */
const SCHEDULES_IN_A_WORLD = 25;

/** A run that can hardly carry out a schedule proves nothing and need not go on. */
const BROKEN_MAX = 5;

/** Of one schedule: what is broken altogether is seen from fewer. */
const SHOWN_MAX = 40;

interface SeededResult {
  readonly seed: number;
  readonly result: ScheduleResult;
}

class Run {
  readonly #tally = new ChaosTally();
  readonly #started = performance.now();
  readonly #logs: string[] = [];
  #results: SeededResult[] = [];
  #world: World | undefined;
  #index = 0;
  #isInterrupted = false;

  constructor(
    private readonly schedules: number,
    private readonly seed: number,
    private readonly minutes: number,
  ) {}

  /** Ends after the schedule at hand. */
  interrupt(): void {
    this.#isInterrupted = true;
  }

  /** Returns whether everything was carried out and nothing was found. */
  async carryOut(): Promise<boolean> {
    try {
      while (this.#index < this.schedules && this.#mayGoOn()) {
        await this.#next();
        if (this.#results.length >= SCHEDULES_IN_A_WORLD) await this.#leaveWorld();
      }
      await this.#leaveWorld();
      return this.#tally.isClean;
    } finally {
      this.#report();
    }
  }

  #mayGoOn(): boolean {
    const isInTime = performance.now() - this.#started < this.minutes * 60_000;
    return isInTime && !this.#isInterrupted && this.#tally.broken.length < BROKEN_MAX;
  }

  async #next(): Promise<void> {
    const seed = this.seed + this.#index;
    this.#index += 1;
    try {
      const world = (this.#world ??= await startWorld());
      this.#results.push(await this.#runOne(world, seed));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#tally.broken.push({ seed, why });
      print(`[${this.#index}/${this.schedules}] seed ${seed} is broken off: ${why}`);
      await this.#leaveWorld();
    }
  }

  async #runOne(world: World, seed: number): Promise<SeededResult> {
    const started = performance.now();
    const result = await new Schedule(world, nameOf(seed), seed).run();
    const violations = violationsOf(result);
    this.#tally.add(seed, result, violations);
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    const parts = result.seconds.map(([, each]) => each.toFixed(0)).join('+');
    const traps = result.traps.map(({ trap, sprung }) => (sprung ? trap : `(${trap})`));
    const trouble = [...result.plan.disturbances.map(({ kind }) => kind), ...traps].join(' ');
    print(
      `[${this.#index}/${this.schedules}] seed ${seed}: ${result.writes.length} writes, ` +
        `${result.responses.length} requests, ${result.effects.length} effects, ${violations.length} violations, ` +
        `${seconds} s (${parts}) ${trouble}`,
    );
    show(violations);
    return { seed, result };
  }

  /** Evidence has gone on while other schedules ran: the final state of the ledger must agree with the recorded effects too. */
  async #leaveWorld(): Promise<void> {
    const world = this.#world;
    if (!world) return;
    this.#world = undefined;
    const before = this.#tally.violations.length;
    for (const { seed, result } of this.#results) {
      const rows = await rowsOf(world.postgres, nameOf(seed)).catch(() => result.rows);
      const then = { ...result, rows, responses: [], earlier: [result.rows], traps: [] };
      const known = new Set(violationsOf(result).map(({ what }) => what));
      const violations = violationsOf({ ...then, window: { ...result.window, toMs: Date.now() } }).filter(
        ({ what }) => !known.has(what),
      );
      this.#tally.addFinal(seed, rows, violations);
      if (violations.length > 0) print(`seed ${seed}, some schedules later:`);
      show(violations);
    }
    this.#results = [];
    const found = this.#tally.violations.length > before || this.#tally.broken.length > 0;
    const keep = found || this.#tally.violations.length > 0;
    if (keep) this.#logs.push(world.folder);
    await stopWorld(world, keep);
  }

  #report(): void {
    const seconds = (performance.now() - this.#started) / 1_000;
    print(`\n${this.#tally.report()}\nseconds      ${seconds.toFixed(0)}`);
    print(`repeat       npm run chaos -- --schedules ${this.schedules} --seed ${this.seed}`);
    const left = this.schedules - this.#index;
    if (left > 0)
      print(`go on        npm run chaos -- --schedules ${left} --seed ${this.seed + this.#index}`);
    for (const { seed, why } of this.#tally.broken) print(`broken off   seed ${seed}: ${why}`);
    for (const folder of this.#logs) print(`logs         ${folder}`);
  }
}

function nameOf(seed: number): string {
  return `s${seed}`;
}

function show(violations: readonly Violation[]): void {
  for (const { kind, what } of violations.slice(0, SHOWN_MAX)) print(`  ${kind.toUpperCase()} ${what}`);
  if (violations.length > SHOWN_MAX) print(`  and ${violations.length - SHOWN_MAX} more`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { schedules, seed, minutes } = orExit(() => numberOptions(OPTIONS));
const run = new Run(schedules, seed, minutes);
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  let asked = false;
  process.on(signal, () => {
    if (asked) process.exit(code);
    asked = true;
    run.interrupt();
  });
}
run.carryOut().then(
  (clean) => process.exit(clean ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`The chaos run ends: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
