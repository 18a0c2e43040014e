import { bytesPerHour } from '../../bench/soak/memory.trend.js';

const samples = (bytesAt: (index: number) => number) =>
  Array.from({ length: 40 }, (_, index) => ({ seconds: index * 10, bytes: bytesAt(index) }));

describe('bytesPerHour', () => {
  it('returns the slope of samples that grow', () => {
    expect(bytesPerHour(samples((index) => 70_000_000 + index * 10_000))).toBeCloseTo(3_600_000);
  });

  it('is not moved by a few odd samples, or by memory that goes up and down', () => {
    const odd = samples((index) => (index % 10 === 7 ? 90_000_000 : 70_000_000 + index));
    expect(bytesPerHour(odd)).toBeCloseTo(360);
    expect(bytesPerHour(samples((index) => (index % 2) * 1_000))).toBeCloseTo(0);
  });

  it('returns NaN for less than two', () => {
    expect(bytesPerHour(samples(() => 1).slice(0, 1))).toBeNaN();
  });
});
