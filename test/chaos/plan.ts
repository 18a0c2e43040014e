import { CALLERS, GATEWAYS } from './gateway.fleet.js';
import type { PlannedFault, PlannedWrite } from './planned.write.js';
import type { Random } from './random.js';
import type { Resources } from './resources.js';
import { possibleWrites } from './possible.writes.js';

export type Disturbance =
  | { readonly atMs: number; readonly kind: 'kill' | 'terminate'; readonly gateway: number }
  | { readonly atMs: number; readonly kind: 'freeze'; readonly gateway: number; readonly ms: number }
  | { readonly atMs: number; readonly kind: 'crash-postgres'; readonly ms: number }
  | { readonly atMs: number; readonly kind: 'revoke-tokens' | 'expire-tokens' };

export interface Plan {
  readonly writes: readonly PlannedWrite[];
  readonly disturbances: readonly Disturbance[];
}

const WRITES = { min: 20, max: 40 } as const;

/** Clients begin, and disturbances come, within this time. */
const TRAFFIC_MS = 1_600;

/** A client that got no answer asks again somewhere else while the first may still run. */
const REPEAT_WITHIN_MS = 400;

const FAULT_PROBABILITY = 0.45;

const STATUSES = {
  spid: [400, 401, 403, 404, 409, 420, 500, 502, 503],
  import2: [400, 401, 404, 409, 422, 429, 500, 502, 503],
} as const;

/** Everything that is going to happen, in all but its timing. */
export function planOf(random: Random, schedule: string, resources: Resources): Plan {
  const possible = random.shuffled(possibleWrites(schedule, resources));
  const keys = new Map<string, number>();
  const writes = possible.slice(0, random.whole(WRITES.min, WRITES.max)).map((write, index): PlannedWrite => {
    const caller = random.pick(CALLERS);
    const count = (keys.get(`${caller} ${write.kind}`) ?? 0) + 1;
    keys.set(`${caller} ${write.kind}`, count);
    const fault = random.chance(FAULT_PROBABILITY) ? faultFor(random, write.upstream) : undefined;
    return {
      ...write,
      name: `${schedule}-${index}`,
      caller,
      key: `${schedule}-${count}`,
      ...(fault ? { fault } : {}),
      atMs: startsOf(random),
    };
  });
  return { writes, disturbances: disturbancesOf(random) };
}

function startsOf(random: Random): number[] {
  const first = random.whole(0, TRAFFIC_MS);
  const repeats = random.pick([0, 0, 1, 1, 2]);
  return [first, ...Array.from({ length: repeats }, () => first + random.whole(0, REPEAT_WITHIN_MS))];
}

function faultFor(random: Random, upstream: PlannedWrite['upstream']): PlannedFault {
  const kind = random.pick([
    'latency',
    'latency',
    'status',
    'status',
    'reset-before',
    'reset-after',
    'reset-after',
    'hang-after',
    'garbled',
    'truncated',
  ]);
  if (kind === 'status') return { kind: `status-${random.pick(STATUSES[upstream])}` };
  return kind === 'latency' ? { kind, ms: random.whole(20, 1_000) } : { kind };
}

function disturbancesOf(random: Random): Disturbance[] {
  const all: Disturbance[] = [];
  const atMs = () => random.whole(0, TRAFFIC_MS);
  const gateway = () => random.whole(0, GATEWAYS - 1);
  for (let kills = random.pick([0, 1, 1, 2]); kills > 0; kills -= 1) {
    all.push({ atMs: atMs(), kind: 'kill', gateway: gateway() });
  }
  if (random.chance(0.15)) all.push({ atMs: atMs(), kind: 'terminate', gateway: gateway() });
  if (random.chance(0.25)) {
    all.push({ atMs: atMs(), kind: 'freeze', gateway: gateway(), ms: random.whole(100, 2_500) });
  }
  if (random.chance(0.4)) all.push({ atMs: atMs(), kind: 'crash-postgres', ms: random.whole(0, 600) });
  if (random.chance(0.3)) all.push({ atMs: atMs(), kind: 'revoke-tokens' });
  if (random.chance(0.2)) all.push({ atMs: atMs(), kind: 'expire-tokens' });
  return all;
}
