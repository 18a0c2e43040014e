import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientResponse } from './client.js';
import { RECOVERY_MS_MAX } from './checks/budget.checks.js';
import { Disturber } from './disturber.js';
import type { Findings } from './checks/findings.js';
import { GATEWAYS } from './processes/gateway.fleet.js';
import { type LedgerRow, rowsOf } from './checks/ledger.row.js';
import { Person } from './person.js';
import { type SchedulePlan, planOf } from './plan/plan.js';
import { isRequestOf, type PlannedWrite } from './plan/planned.write.js';
import { waitForProbes } from './probes.js';
import { Random } from '../support/random.js';
import { Readers } from './readers.js';
import { prepareResources } from './plan/resources.js';
import type { Mark } from './processes/simulator.process.js';
import { mustBePatient } from './trap.js';
import { type SprungTrap, Traps } from './traps.js';
import { until } from '../support/until.js';
import type { World } from './processes/world.js';

export interface ScheduleResult extends Findings {
  readonly plan: SchedulePlan;
  readonly traps: readonly SprungTrap[];
  /** How long each part took. */
  readonly seconds: readonly (readonly [part: string, seconds: number])[];
}

/** Tries of a client while there is trouble, and after it. A client without a key gives up soon. */
const TRIES = { inTrouble: 6, keyless: 4, inPeace: 200 } as const;

/** Evidence can show what became of these, a person of a part of them all the same. */
const PROBED: readonly string[] = [
  'entitlement_grant',
  'entitlement_revoke',
  'voucher_group_update',
  'migration_create',
];

/** A person decides so many of the unknown operations. */
const DECIDED = { probed: 0.2, others: 0.6 } as const;

/** So many decisions are taken too early, against what the vendor will have done in the end. */
const WRONG_PROBABILITY = 0.08;

/** One plan carried out to the end: trouble, peace, probes, late calls, decisions, and every key asked a last time. */
export class Schedule {
  readonly #random: Random;
  readonly #client: Client;
  readonly #person: Person;
  readonly #traps: Traps;
  readonly #readers: Readers;
  readonly #disturber: Disturber;
  readonly #recoveriesMs: number[] = [];
  readonly #earlier: LedgerRow[][] = [];
  readonly #startedAt = Date.now();
  readonly #seconds: [string, number][] = [];
  #mark: Mark = { spid: 0, import2: 0 };

  constructor(
    private readonly world: World,
    private readonly name: string,
    seed: number,
  ) {
    this.#random = new Random(seed);
    this.#client = new Client(world.fleet, new Random(seed + 1));
    this.#person = new Person(world.fleet);
    this.#traps = new Traps(world, this.#client, this.#person);
    this.#readers = new Readers(world.fleet, new Random(seed + 2), name);
    this.#disturber = new Disturber(world);
  }

  async run(): Promise<ScheduleResult> {
    const { simulators } = this.world;
    const plan = await this.#timed('prepare', () => this.#prepare());
    await this.#timed('traffic', () => this.#traffic(plan));
    await this.#timed('peace', () => this.#peace());
    await this.#timed('probes', () => this.#probed());
    await this.#decide(plan.writes, 'early');
    await simulators.executeLateCalls();
    await this.#timed('repeats', () =>
      this.#askAll(plan.writes.filter((write) => !isSettled(this.#lastResponse(write)))),
    );
    await this.#timed('peace', () => this.#peace());
    await this.#timed('probes', () => this.#probed());
    await this.#decide(plan.writes, 'late');
    await this.#timed('repeats', () => this.#askAll(plan.writes));
    return this.#timed('end', () => this.#result(plan));
  }

  async #prepare(): Promise<SchedulePlan> {
    const { simulators } = this.world;
    const plan = planOf(this.#random, this.name, await prepareResources(simulators, this.name));
    this.#mark = await simulators.mark();
    await simulators.beginTraffic();
    await this.#disturber.begin();
    await this.#skew(plan.skewsMs);
    return plan;
  }

  async #timed<T>(part: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.#seconds.push([part, (performance.now() - started) / 1_000]);
    return result;
  }

  async #result(plan: SchedulePlan): Promise<ScheduleResult> {
    const { simulators } = this.world;
    const rows = await this.#quiet();
    const found = await simulators.effectsSince(this.#mark);
    return {
      plan,
      writes: plan.writes,
      responses: this.#client.responses,
      effects: found.map((effect) => ({ ...effect, atMs: simulators.timeOf(effect) })),
      rows,
      earlier: this.#earlier,
      decisions: this.#person.taken,
      traps: this.#traps.sprung,
      seconds: this.#seconds,
      window: { fromMs: this.#startedAt, toMs: Date.now() },
      traffic: await simulators.traffic(),
      readings: this.#readers.readings,
      ...(await this.#disturber.found(plan.disturbances, plan.writes)),
      recoveriesMs: this.#recoveriesMs,
    };
  }

  /** The gateway that waits for its turn is right. */
  async #skew(skewsMs: readonly number[]): Promise<void> {
    for (const gateway of await this.world.fleet.all()) gateway.clock.setWall(0);
    skewsMs.forEach((ms, slot) => this.world.fleet.at(slot).clock.setWall(ms));
  }

  async #traffic({ writes, disturbances }: SchedulePlan): Promise<void> {
    await Promise.all([
      ...writes.flatMap((write) => write.atMs.map((atMs, index) => this.#insist(write, atMs, index === 0))),
      ...disturbances.map((disturbance) => this.#disturber.disturb(disturbance)),
      this.#readers.read(),
    ]);
  }

  async #insist(write: PlannedWrite, atMs: number, isFirst: boolean): Promise<void> {
    const { fault, trap, upstream, operation, name } = write;
    await sleep(atMs);
    const tries = write.key === null ? TRIES.keyless : TRIES.inTrouble;
    if (!isFirst || !trap) {
      if (isFirst && fault)
        await this.world.simulators.fault(upstream, { ...fault, operation, requestId: `${name}.` });
      await this.#client.insist(write, { tries });
      return;
    }
    const slot = this.#random.whole(0, GATEWAYS - 1);
    await this.#traps.prepare(write, trap);
    const over = this.#traps.set(write, trap, slot);
    await this.#client.insist(
      write,
      mustBePatient(trap) ? { tries: 1, isPatient: true, slot } : { tries, slot },
    );
    await over;
  }

  /** Everything works again and nothing runs; what the ledger has then is kept. */
  async #peace(): Promise<void> {
    await this.world.simulators.heal();
    await this.world.fleet.ready();
    this.#recoveriesMs.push(await this.#readers.recovery(RECOVERY_MS_MAX));
    this.#earlier.push(await this.#quiet());
    await this.world.simulators.heal();
  }

  async #quiet(): Promise<LedgerRow[]> {
    let rows: LedgerRow[] = [];
    await until('no operation runs', async () => {
      rows = await rowsOf(this.world.postgres, this.name);
      return rows.every(({ state }) => state !== 'sent' && state !== 'claimed');
    }).catch(() => undefined);
    return rows;
  }

  #probed(): Promise<void> {
    return waitForProbes(this.world.postgres, this.name, PROBED);
  }

  /**
   * A person with access to the vendors' recorded effects decides some of the unknown operations. Early, while calls
   * may still be executed late, only what is there can be decided by, and now and then is decided wrongly.
   */
  async #decide(writes: readonly PlannedWrite[], when: 'early' | 'late'): Promise<void> {
    const effects = await this.world.simulators.effectsSince(this.#mark);
    for (const row of await rowsOf(this.world.postgres, this.name)) {
      const write = writes.find((each) => isRequestOf(each, row.requestId));
      const share = DECIDED[PROBED.includes(row.kind) ? 'probed' : 'others'];
      if (!write || row.state !== 'unknown' || !this.#random.chance(share)) continue;
      const executed = effects.some(({ requestId }) => requestId === row.requestId);
      const mayComeLate = when === 'early' && write.fault?.kind === 'execute-late' && !executed;
      if (mayComeLate && !this.#random.chance(WRONG_PROBABILITY)) continue;
      await this.#person.decide(row, executed ? 'executed' : 'not_executed', { wrong: mayComeLate });
    }
  }

  async #askAll(writes: readonly PlannedWrite[]): Promise<void> {
    const withKeys = writes.filter(({ key }) => key !== null);
    await Promise.all(withKeys.map((write) => this.#client.insist(write, { tries: TRIES.inPeace })));
  }

  #lastResponse({ name }: PlannedWrite): ClientResponse | undefined {
    return this.#client.responses.findLast(({ write }) => write === name);
  }
}

function isSettled(response: ClientResponse | undefined): boolean {
  return response !== undefined && (response.status < 300 ? response.status > 0 : response.replayed);
}
