import { LEASE_MS } from '../processes/gateway.settings.js';
import type { PossibleWrite } from './write.builders.js';
import type { Random } from '../../support/random.js';
import { CLOCKS, type Moment, type Trap } from '../trap.js';

/** Longer than a lease and the sweep that notices its end. */
const FREEZE_MS = { min: LEASE_MS + 400, max: LEASE_MS + 1_500 } as const;

/** A lease and more. */
const LATE_MS = { min: LEASE_MS + 300, max: LEASE_MS + 1_500 } as const;

/** Longer than a gateway waits for its database. */
const VERY_LATE_MS = 9_000;

/** What may go wrong with this write at one exact moment. */
export function trapFor(random: Random, write: PossibleWrite, losesRows: boolean): Trap {
  const moments: Moment[] = write.snapshot ? ['claim', 'snapshot', 'call'] : ['claim', 'call'];
  if (losesRows) return { kind: 'lose-row', at: write.snapshot && random.chance(0.3) ? 'snapshot' : 'call' };
  const kind = random.pick(['freeze', 'freeze', 'freeze', 'kill', 'late-packet'] as const);
  switch (kind) {
    case 'freeze':
      return {
        kind,
        at: random.pick(moments),
        ms: random.whole(FREEZE_MS.min, FREEZE_MS.max),
        clocks: random.pick(CLOCKS),
        decided: random.chance(0.5),
      };
    case 'kill':
      return { kind, at: random.pick(moments) };
    case 'late-packet':
      return latePacket(random, write);
    default:
      return kind satisfies never;
  }
}

function latePacket(random: Random, { snapshot, keyless }: PossibleWrite): Trap {
  const kind = 'late-packet';
  const of = random.pick([
    'claim',
    'record',
    ...(snapshot ? ['send' as const, 'send' as const] : []),
  ] as const);
  const isVeryLate = of === 'claim' || (of === 'send' && random.chance(0.2));
  // A caller without a key repeats by itself: it would not wait for so long.
  const ms = isVeryLate && !keyless ? VERY_LATE_MS : random.whole(LATE_MS.min, LATE_MS.max);
  return { kind, of, ms };
}
