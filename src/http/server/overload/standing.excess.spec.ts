import { StandingExcess } from './standing.excess.js';

/** Samples at an interval; returns after which of them the measure was over. */
function observed(samples: readonly number[], everyMs = 100): boolean[] {
  const excess = new StandingExcess({ max: 500, recovered: 250 });
  return samples.map((value, at) => {
    excess.observe(value, at * everyMs);
    return excess.isOver;
  });
}

const times = (count: number, value: number) => Array.from({ length: count }, () => value);

describe('StandingExcess', () => {
  it('is over once every sample of a second was above the limit', () => {
    expect(observed(times(11, 501)).indexOf(true)).toBe(10);
    expect(observed(times(30, 500))).not.toContain(true);
  });

  it('is not over for single samples, however high', () => {
    expect(observed([...times(9, 501), 500, ...times(10, 9_000), 0, 60_000, 60_000, 0])).not.toContain(true);
    expect(observed([60_000, 60_000, 0], 60_000)).not.toContain(true);
    expect(observed([600, 600, 600], 700)).toEqual([false, false, true]);
  });

  it('ends once every sample of a second was below the lower limit', () => {
    const after = (samples: readonly number[]) => observed([...times(11, 501), ...samples]).slice(11);
    expect(after(times(11, 249)).indexOf(false)).toBe(10);
    expect(after(times(30, 250))).not.toContain(false);
    expect(after([...times(10, 0), 400, ...times(10, 0), 400])).not.toContain(false);
  });

  it('can be over again', () => {
    const phases = observed([...times(11, 501), ...times(11, 0), ...times(11, 501)]);
    expect([phases[10], phases[21], phases[31], phases[32]]).toEqual([true, false, false, true]);
  });
});
