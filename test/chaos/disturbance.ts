import { GATEWAYS } from './gateway.fleet.js';
import type { Random } from './random.js';
import { CLOCKS, type Clocks } from './trap.js';

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
);

/** @param calm nothing that stops a gateway or the database */
export function disturbancesOf(random: Random, calm: boolean): Disturbance[] {
  const all: Disturbance[] = [];
  const atMs = () => random.whole(0, TRAFFIC_MS);
  const gateway = () => random.whole(0, GATEWAYS - 1);
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
  if (!calm) all.push(...rough);
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
