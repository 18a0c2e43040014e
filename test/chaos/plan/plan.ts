import { type Disturbance, disturbancesOf, TRAFFIC_MS } from './disturbance.js';
import { GATEWAYS } from '../processes/gateway.fleet.js';
import { CALLERS, TENANTS } from '../processes/gateway.settings.js';
import type { PlannedFault, PlannedWrite } from './planned.write.js';
import type { PossibleWrite } from './write.builders.js';
import { possibleWrites } from './possible.writes.js';
import type { Random } from '../../support/random.js';
import type { Resources } from './resources.js';
import { mustBePatient, type Trap } from '../trap.js';
import { trapFor } from './trap.plan.js';

export interface SchedulePlan {
  readonly writes: readonly PlannedWrite[];
  readonly disturbances: readonly Disturbance[];
  /** By how much the wall clock of the gateway in each place is off, while the schedule lasts. */
  readonly skewsMs: readonly number[];
}

const WRITES = { min: 20, max: 40 } as const;

/** Things that several writes of a schedule are about, at least. */
const CONTENDED_MIN = 4;

/** A client without a response retries at another gateway while the first attempt may still run. */
const REPEAT_WITHIN_MS = 400;

const FAULT_PROBABILITY = 0.45;

/** Each costs the schedule seconds. */
const TRAPS_MAX = 3;

const STATUSES = {
  spid: [400, 401, 403, 404, 409, 420, 500, 502, 503],
  import2: [400, 401, 404, 409, 422, 429, 500, 502, 503],
} as const;

const MINUTE_MS = 60_000;

/** Everything that is going to happen, in all but its timing. */
export function planOf(random: Random, schedule: string, resources: Resources): SchedulePlan {
  // A row that is lost is a row that no other process can know of: nothing else may go wrong with its gateway.
  const losesRows = random.chance(0.12);
  const keys = new Map<string, number>();
  let traps = random.whole(1, TRAPS_MAX);
  const writes = someOf(random, possibleWrites(random, schedule, resources)).map(
    (write, index): PlannedWrite => {
      const whose = { tenant: random.pick(TENANTS), caller: random.pick(CALLERS) };
      const trap = traps > 0 && random.chance(0.3) ? trapFor(random, write, losesRows) : undefined;
      if (trap) traps -= 1;
      return {
        ...write,
        ...whose,
        name: `${schedule}-${index}`,
        key: write.keyless ? null : keyOf(keys, schedule, { ...whose, kind: write.kind }),
        ...troubleOf(random, write, trap),
        atMs: startsOf(random, trap),
      };
    },
  );
  return {
    writes,
    disturbances: disturbancesOf(random, losesRows),
    skewsMs: Array.from({ length: GATEWAYS }, () => random.pick([0, 0, 60, -60, 200, -200]) * 1_000),
  };
}

/** Writes about one thing stay together; some of those sets come first. */
function someOf(random: Random, sets: readonly (readonly PossibleWrite[])[]): PossibleWrite[] {
  const wanted = random.whole(WRITES.min, WRITES.max);
  const shuffled = random.shuffled(sets);
  const together = shuffled.filter(({ length }) => length > 1).slice(0, CONTENDED_MIN);
  const some: PossibleWrite[] = [];
  for (const set of [...together, ...shuffled.filter((set) => !together.includes(set))]) {
    if (some.length < wanted) some.push(...set);
  }
  return random.shuffled(some);
}

/** Counted for each caller, tenant and kind, so that others use the same text. */
function keyOf(
  keys: Map<string, number>,
  schedule: string,
  { tenant, caller, kind }: Pick<PlannedWrite, 'tenant' | 'caller' | 'kind'>,
): string {
  const whose = `${tenant} ${caller} ${kind}`;
  const count = (keys.get(whose) ?? 0) + 1;
  keys.set(whose, count);
  return `${schedule}-${count}`;
}

function troubleOf(
  random: Random,
  { upstream }: PossibleWrite,
  trap: Trap | undefined,
): Pick<PlannedWrite, 'fault' | 'trap'> {
  if (trap) return { trap };
  return random.chance(FAULT_PROBABILITY) ? { fault: faultFor(random, upstream) } : {};
}

function startsOf(random: Random, trap: Trap | undefined): number[] {
  const first = random.whole(0, TRAFFIC_MS);
  if (trap) return [first, ...(repeatsMeanwhile(trap) ? [first + random.whole(200, REPEAT_WITHIN_MS)] : [])];
  const repeats = random.pick([0, 0, 1, 1, 2]);
  return [first, ...Array.from({ length: repeats }, () => first + random.whole(0, REPEAT_WITHIN_MS))];
}

/** A caller asks another gateway meanwhile, unless no gateway can know of its first request yet or any more. */
function repeatsMeanwhile(trap: Trap): boolean {
  return !mustBePatient(trap);
}

function faultFor(random: Random, upstream: PlannedWrite['upstream']): PlannedFault {
  const kind = random.pick([
    'latency',
    'latency',
    'execute-late',
    'execute-late',
    'status',
    'status',
    'reset-before',
    'reset-after',
    'reset-after',
    'hang-after',
    'garbled',
    'truncated',
  ]);
  switch (kind) {
    case 'status':
      return { kind: `status-${random.pick(STATUSES[upstream])}` };
    case 'latency':
      return { kind, ms: random.whole(20, 1_000) };
    case 'execute-late':
      return { kind, ms: random.whole(1, 10) * MINUTE_MS };
    default:
      return { kind };
  }
}
