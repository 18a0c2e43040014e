import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientAnswer } from './client.js';
import { apiKeyOf, type GatewayFleet } from './gateway.fleet.js';
import { type Disturbance, type Plan, planOf } from './plan.js';
import { isEffectOf, type PlannedWrite } from './planned.write.js';
import type { PostgresServer } from './postgres.server.js';
import { Random } from './random.js';
import { prepareResources } from './resources.js';
import type { Mark, Simulators } from './simulators.js';
import { until } from './until.js';
import type { Findings, LedgerRow } from './violations.js';

export interface World {
  readonly postgres: PostgresServer;
  readonly simulators: Simulators;
  readonly fleet: GatewayFleet;
}

export interface ScheduleResult extends Findings {
  readonly plan: Plan;
  /** Operations that the schedule's person decided. */
  readonly decisions: number;
}

/** Tries of a client while there is trouble, and after it. */
const TRIES = { inTrouble: 6, inPeace: 200 } as const;

/** What an upstream shows, besides entitlements, and what no other schedule touches: evidence may take its time. */
export const LOOKED_FOR: readonly string[] = [
  'voucher_group_update',
  'migration_create',
  'migration_payment_accept',
  'migration_payment_reject',
];

/** A person decides so many of the unknown operations. */
const DECIDED = { lookedFor: 0.2, others: 0.6 } as const;

/** One plan carried out to the end: trouble, peace, decisions, and every key asked a last time. */
export class Schedule {
  readonly #random: Random;
  readonly #client: Client;
  readonly #earlier: LedgerRow[][] = [];
  #mark: Mark = { spid: 0, import2: 0 };
  #decisions = 0;

  constructor(
    private readonly world: World,
    private readonly name: string,
    seed: number,
  ) {
    this.#random = new Random(seed);
    this.#client = new Client(world.fleet, new Random(seed + 1));
  }

  async run(): Promise<ScheduleResult> {
    const { simulators } = this.world;
    const plan = planOf(this.#random, this.name, await prepareResources(simulators, this.name));
    this.#mark = await simulators.mark();
    await this.#traffic(plan);
    await this.#peace();
    await this.#decide(plan.writes);
    await this.#askAll(plan.writes.filter((write) => !isSettled(this.#lastAnswer(write))));
    await this.#peace();
    await this.#askAll(plan.writes);
    // The next schedule's preparation touches the same users past the gateways, where evidence cannot know of it.
    await this.#decide(plan.writes.filter(isEntitlement));
    const rows = await this.#quiet();
    const effects = await simulators.effectsSince(this.#mark);
    const { answers } = this.#client;
    return {
      plan,
      writes: plan.writes,
      answers,
      effects,
      rows,
      earlier: this.#earlier,
      decisions: this.#decisions,
    };
  }

  async #traffic({ writes, disturbances }: Plan): Promise<void> {
    await Promise.all([
      ...writes.flatMap((write) => write.atMs.map((atMs, index) => this.#insist(write, atMs, index === 0))),
      ...disturbances.map((disturbance) => this.#disturb(disturbance)),
    ]);
  }

  async #insist(write: PlannedWrite, atMs: number, isFirst: boolean): Promise<void> {
    await sleep(atMs);
    if (isFirst && write.fault) {
      await this.world.simulators.fault(write.upstream, write.operation, write.fault);
    }
    await this.#client.insist(write, TRIES.inTrouble);
  }

  async #disturb(disturbance: Disturbance): Promise<void> {
    const { fleet, postgres, simulators } = this.world;
    await sleep(disturbance.atMs);
    switch (disturbance.kind) {
      case 'kill':
        return fleet.end(disturbance.gateway, 'SIGKILL');
      case 'terminate':
        return fleet.end(disturbance.gateway, 'SIGTERM');
      case 'freeze': {
        const thaw = fleet.freeze(disturbance.gateway);
        await sleep(disturbance.ms);
        return thaw();
      }
      case 'crash-postgres':
        await postgres.crash();
        await sleep(disturbance.ms);
        return postgres.start();
      case 'revoke-tokens':
        return simulators.spoilTokens('revoke');
      case 'expire-tokens':
        return simulators.spoilTokens('expire');
      default:
        return disturbance satisfies never;
    }
  }

  /** Everything works again and nothing runs; what the ledger says then is kept. */
  async #peace(): Promise<void> {
    await this.world.simulators.heal();
    await this.world.fleet.ready();
    this.#earlier.push(await this.#quiet());
    await this.world.simulators.heal();
  }

  async #quiet(): Promise<LedgerRow[]> {
    let rows: LedgerRow[] = [];
    await until('no operation runs', async () => {
      rows = await this.#rows();
      return rows.every(({ state }) => state !== 'sent');
    }).catch(() => undefined);
    return rows;
  }

  #rows(): Promise<LedgerRow[]> {
    return rowsOf(this.world.postgres, this.name);
  }

  /** A person who can look into the vendors' books says what became of some of the unknown operations. */
  async #decide(writes: readonly PlannedWrite[]): Promise<void> {
    const effects = await this.world.simulators.effectsSince(this.#mark);
    for (const row of await this.#rows()) {
      const write = writes.find(
        ({ caller, kind, key }) => row.caller === caller && row.kind === kind && row.key === key,
      );
      if (!write || row.state !== 'unknown') continue;
      const share = LOOKED_FOR.includes(write.kind) ? DECIDED.lookedFor : DECIDED.others;
      if (!isEntitlement(write) && !this.#random.chance(share)) continue;
      const executed = effects.some((effect) => isEffectOf(write, effect));
      const response = await fetch(`${this.world.fleet.urlOf(0)}/v1/operations/${row.id}/resolution`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKeyOf(row.caller)}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          decision: executed ? 'executed' : 'not_executed',
          reason: "The vendor's books say so.",
        }),
      });
      if (response.ok) this.#decisions += 1;
      // Evidence may have been faster.
      else if (response.status !== 409)
        throw new Error(`a decision got ${response.status}: ${await response.text()}`);
    }
  }

  async #askAll(writes: readonly PlannedWrite[]): Promise<void> {
    await Promise.all(writes.map((write) => this.#client.insist(write, TRIES.inPeace)));
  }

  #lastAnswer({ name }: PlannedWrite): ClientAnswer | undefined {
    return this.#client.answers.findLast(({ write }) => write === name);
  }
}

function isSettled(answer: ClientAnswer | undefined): boolean {
  return answer !== undefined && (answer.status < 300 ? answer.status > 0 : answer.replayed);
}

function isEntitlement({ kind }: PlannedWrite): boolean {
  return kind === 'entitlement_grant' || kind === 'entitlement_revoke';
}

/** The ledger's rows of a schedule. */
export function rowsOf(postgres: PostgresServer, schedule: string): Promise<LedgerRow[]> {
  return postgres.query<LedgerRow>(
    `select id, caller, kind, idempotency_key as key, state, resolved_by as "resolvedBy" from operations
     where idempotency_key like $1 order by id`,
    [`${schedule}-%`],
  );
}
