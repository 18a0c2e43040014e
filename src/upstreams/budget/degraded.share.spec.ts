import * as fc from 'fast-check';
import { degradedShare } from './degraded.share.js';

describe('degradedShare', () => {
  const limits = (calls: number | undefined, places: number) => ({
    rate: calls === undefined ? undefined : { calls, windowMs: 1_000 },
    places,
    attemptMs: 10_000,
  });

  it.each([
    [10, 16, { replicas: 1, rank: 0 }, limits(9, 16)],
    [10, 16, { replicas: 2, rank: 1 }, limits(4, 8)],
    [10, 16, { replicas: 4, rank: 3 }, limits(2, 4)],
    [10, 16, { replicas: 10, rank: 9 }, limits(1, 1)],
    [1, 1, { replicas: 1, rank: 0 }, limits(1, 1)],
    [1, 8, { replicas: 2, rank: 0 }, limits(1, 4)],
    [undefined, 8, { replicas: 2, rank: 1 }, limits(undefined, 4)],
  ])('of %p calls and %p places, %p uses %p', (calls, places, membership, own) => {
    expect(degradedShare(limits(calls, places), membership)).toEqual(own);
  });

  it.each([
    [10, 16, 11, 10],
    [10, 4, 5, 4],
    [1, 8, 2, 1],
    [1, 8, 2, Infinity],
  ])('of %p calls and %p places, %p replicas: rank %p uses nothing', (calls, places, replicas, rank) => {
    expect(degradedShare(limits(calls, places), { replicas, rank })).toBeUndefined();
  });

  it('never adds up to more than the limits', () => {
    const counts = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(counts, counts, counts, (calls, places, replicas) => {
        const shares = Array.from({ length: replicas }, (_, rank) =>
          degradedShare(limits(calls, places), { replicas, rank }),
        );
        const sum = (of: (share: NonNullable<(typeof shares)[number]>) => number) =>
          shares.reduce((total, share) => total + (share ? of(share) : 0), 0);
        expect(sum(({ rate }) => rate?.calls ?? 0)).toBeLessThanOrEqual(calls);
        expect(sum((share) => share.places)).toBeLessThanOrEqual(places);
      }),
    );
  });
});
