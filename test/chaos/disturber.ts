import { setTimeout as sleep } from 'node:timers/promises';
import type { Disturbance } from './plan/disturbance.js';
import type { Findings } from './checks/findings.js';
import type { Gateway } from './processes/chaos.gateway.js';
import { PROCESSES } from './processes/gateway.settings.js';
import type { PlannedWrite, Upstream } from './plan/planned.write.js';
import { slowClients } from './slow.clients.js';
import { shiftOf } from './trap.js';
import type { World } from './processes/world.js';

/** How SPiD and Import2 report that there were too many calls. */
/** Not the token endpoint: its body has no counters, so that a pause would be the 60 s of a reset that is not named. */
const THROTTLED = {
  spid: { kind: 'status-420', operation: 'voucher_groups_list' },
  import2: { kind: 'status-429', operation: '*' },
} as const;

/** No reply for so long, over and over: longer than a gateway waits for one. */
const REDIS_PAUSE_MS = 200;

/** The vendor holds so many calls for so long; the gateway ends in between. */
const HELD = { calls: 6, ms: 400, untilMs: 150 } as const;

/** Carries out what goes wrong around the writes of a schedule, and knows what became of the gateways. */
export class Disturber {
  /** Notes that gateways had before the schedule. */
  readonly #earlier = new Map<Gateway, number>();

  constructor(private readonly world: World) {}

  /** Before anything goes wrong. */
  async begin(): Promise<void> {
    for (const gateway of await this.world.fleet.everyone()) this.#earlier.set(gateway, gateway.notes.length);
  }

  /** @returns when it is over, as far as it is not for good */
  async disturb(disturbance: Disturbance): Promise<void> {
    const { fleet, simulators, postgres } = this.world;
    await sleep(disturbance.atMs);
    switch (disturbance.kind) {
      case 'kill':
        return fleet.end(fleet.at(disturbance.gateway), 'SIGKILL');
      case 'terminate':
        return fleet.end(fleet.at(disturbance.gateway), 'SIGTERM');
      case 'kill-holding':
        return this.#killHolding(fleet.at(disturbance.gateway), disturbance.upstream);
      case 'freeze': {
        const thaw = fleet.at(disturbance.gateway).freeze();
        await sleep(disturbance.ms);
        return thaw(shiftOf(disturbance.clocks, disturbance.ms));
      }
      case 'set-clock':
        return fleet.at(disturbance.gateway).clock.setWall(disturbance.ms);
      case 'slow-clients':
        return slowClients(fleet.at(disturbance.gateway).url, disturbance.ms);
      case 'crash-postgres':
        await postgres.crash();
        await sleep(disturbance.ms);
        return postgres.start();
      case 'minutes-pass':
        return simulators.advance(disturbance.ms);
      case 'revoke-tokens':
        return simulators.spoilTokens('revoke');
      case 'expire-tokens':
        return simulators.spoilTokens('expire');
      case 'throttle':
        return this.#throttle(disturbance);
      case 'hang':
        return simulators.trouble(disturbance.upstream, { kind: 'hang-after' }, disturbance.times);
      case 'kill-redis':
      case 'freeze-redis':
      case 'slow-redis':
        return this.#disturbRedis(disturbance);
      default:
        return disturbance satisfies never;
    }
  }

  /** What the gateways have noted since `begin`, and how many there were. */
  async found(
    disturbances: readonly Disturbance[],
    writes: readonly PlannedWrite[],
  ): Promise<Pick<Findings, 'notes' | 'processes'>> {
    const everyone = await this.world.fleet.everyone();
    // A gateway that shuts down finishes its requests while another one takes its place.
    const ending = disturbances.filter(({ kind }) => kind === 'terminate').length;
    const frozen = disturbances.filter(({ kind }) => kind === 'freeze').length;
    return {
      notes: everyone.flatMap((gateway) => gateway.notes.slice(this.#earlier.get(gateway) ?? 0)),
      processes: {
        atOnce: PROCESSES + ending,
        stoodStill: frozen + writes.filter(({ trap }) => trap?.kind === 'freeze').length,
        crashed: everyone.filter(({ hasCrashed }) => hasCrashed).map(({ url }) => url),
      },
    };
  }

  async #killHolding(gateway: Gateway, upstream: Upstream): Promise<void> {
    const { fleet, simulators } = this.world;
    await simulators.trouble(upstream, { kind: 'latency', ms: HELD.ms }, HELD.calls);
    await sleep(HELD.untilMs);
    fleet.end(gateway, 'SIGKILL');
  }

  #throttle({ upstream, times }: { readonly upstream: Upstream; readonly times: number }): Promise<void> {
    const { kind, operation } = THROTTLED[upstream];
    return this.world.simulators.trouble(upstream, { kind }, times, operation);
  }

  async #disturbRedis({ kind, ms }: { readonly kind: string; readonly ms: number }): Promise<void> {
    const { redis } = this.world;
    if (kind === 'slow-redis') return redis.slow(ms, REDIS_PAUSE_MS);
    if (kind === 'kill-redis') {
      await redis.kill();
      await sleep(ms);
      return redis.start();
    }
    const thaw = redis.freeze();
    await sleep(ms);
    return thaw();
  }
}
