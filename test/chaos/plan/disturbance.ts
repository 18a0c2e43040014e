import { GATEWAYS } from '../processes/gateway.fleet.js';
import type { Upstream } from './planned.write.js';
import type { Random } from '../../support/random.js';
import { CLOCKS, type Clocks } from '../trap.js';

/** Clients begin, and disturbances come, within this time. */
export const TRAFFIC_MS = 1_600;

export type Disturbance = { readonly atMs: number } & (
  | { readonly kind: 'kill' | 'terminate'; readonly gateway: number }
  | { readonly kind: 'freeze'; readonly gateway: number; readonly ms: number; readonly clocks: Clocks }
  /** The wall clock of a gateway is set, forward or back. */
  | { readonly kind: 'set-clock'; readonly gateway: number; readonly ms: number }
  | { readonly kind: 'crash-postgres'; readonly ms: number }
  /** Minutes pass at the vendors, in which late calls are executed. */
  | { readonly kind: 'minutes-pass'; readonly ms: number }
  | { readonly kind: 'revoke-tokens' | 'expire-tokens' }
  /** Redis loses all that it knew and is away, replies to nothing, or replies late. */
  | { readonly kind: 'kill-redis' | 'freeze-redis' | 'slow-redis'; readonly ms: number }
  /** The vendor throttles so many calls. */
  | { readonly kind: 'throttle'; readonly upstream: Upstream; readonly times: number }
  /** The vendor executes so many calls and responds to none. */
  | { readonly kind: 'hang'; readonly upstream: Upstream; readonly times: number }
  /** Clients that send slowly, or hang up while their call waits. */
  | { readonly kind: 'slow-clients'; readonly gateway: number; readonly ms: number }
  /** A gateway ends while the vendor holds some of its calls. */
  | { readonly kind: 'kill-holding'; readonly gateway: number; readonly upstream: Upstream }
);

/** Longer than a replica may be silent, so that each takes only its own share meanwhile. */
const REDIS_FROZEN_MS = 5_000;

/** @param calm nothing that stops a gateway or the database */
export function disturbancesOf(random: Random, calm: boolean): Disturbance[] {
  const all: Disturbance[] = [];
  const atMs = () => random.whole(0, TRAFFIC_MS);
  const gateway = () => random.whole(0, GATEWAYS - 1);
  const upstream = () => random.pick(UPSTREAMS);
  const rough: Disturbance[] = [];
  for (let kills = random.pick([0, 1, 1, 2]); kills > 0; kills -= 1) {
    rough.push({ atMs: atMs(), kind: 'kill', gateway: gateway() });
  }
  if (random.chance(0.15)) rough.push({ atMs: atMs(), kind: 'terminate', gateway: gateway() });
  if (random.chance(0.25)) {
    const clocks = random.pick(CLOCKS);
    rough.push({ atMs: atMs(), kind: 'freeze', gateway: gateway(), ms: random.whole(100, 3_000), clocks });
  }
  if (random.chance(0.35)) rough.push({ atMs: atMs(), kind: 'crash-postgres', ms: random.whole(0, 600) });
  if (random.chance(0.1))
    rough.push({ atMs: atMs(), kind: 'kill-holding', gateway: gateway(), upstream: upstream() });
  if (!calm) all.push(...rough, ...vendorTrouble(random));
  all.push(...redisTrouble(random));
  if (random.chance(0.25)) {
    all.push({ atMs: atMs(), kind: 'slow-clients', gateway: gateway(), ms: random.whole(200, 1_000) });
  }
  if (random.chance(0.3)) {
    all.push({
      atMs: atMs(),
      kind: 'set-clock',
      gateway: gateway(),
      ms: random.pick([-3_600, -60, 60, 200]) * 1_000,
    });
  }
  if (random.chance(0.2)) all.push({ atMs: atMs(), kind: 'minutes-pass', ms: random.whole(1, 6) * 60_000 });
  if (random.chance(0.3)) all.push({ atMs: atMs(), kind: 'revoke-tokens' });
  if (random.chance(0.2)) all.push({ atMs: atMs(), kind: 'expire-tokens' });
  return all;
}

const UPSTREAMS: readonly Upstream[] = ['spid', 'import2'];

function redisTrouble(random: Random): Disturbance[] {
  const atMs = random.whole(0, TRAFFIC_MS);
  // A frozen Redis makes the schedule longer by its time.
  const kind = random.pick([
    ...CALM,
    'kill-redis',
    'kill-redis',
    'slow-redis',
    'slow-redis',
    'freeze-redis',
  ] as const);
  switch (kind) {
    case 'none':
      return [];
    case 'kill-redis':
      return [{ atMs, kind, ms: random.whole(0, 1_500) }];
    case 'slow-redis':
      return [{ atMs, kind, ms: random.whole(500, 1_500) }];
    case 'freeze-redis':
      return [{ atMs, kind, ms: REDIS_FROZEN_MS }];
    default:
      return kind satisfies never;
  }
}

/** In half of the schedules Redis works. */
const CALM = ['none', 'none', 'none', 'none', 'none'] as const;

function vendorTrouble(random: Random): Disturbance[] {
  const all: Disturbance[] = [];
  const atMs = () => random.whole(0, TRAFFIC_MS);
  if (random.chance(0.2)) {
    all.push({ atMs: atMs(), kind: 'throttle', upstream: random.pick(UPSTREAMS), times: random.whole(1, 8) });
  }
  if (random.chance(0.15)) {
    all.push({ atMs: atMs(), kind: 'hang', upstream: random.pick(UPSTREAMS), times: random.whole(2, 10) });
  }
  return all;
}
