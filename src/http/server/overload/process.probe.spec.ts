import { ProcessProbe, SAMPLE_EVERY_MS } from './process.probe.js';

describe('ProcessProbe', () => {
  it('returns by how much each sample is late', () => {
    const clock = { ms: 5_000, now: () => new Date(0), monotonicMs: () => clock.ms };
    const probe = new ProcessProbe(clock);
    const delays = [0, SAMPLE_EVERY_MS, SAMPLE_EVERY_MS + 650, SAMPLE_EVERY_MS - 1, 40].map((ms) => {
      clock.ms += ms;
      return probe.read().eventLoopDelayMs;
    });
    expect(delays).toEqual([0, 0, 650, 0, 0]);
  });

  it('returns the share of the memory that is used', () => {
    const share = () => new ProcessProbe({ now: () => new Date(0), monotonicMs: () => 0 }).read().memoryShare;
    const before = share();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(1);
    const held = Array.from({ length: 4_000_000 }, (_, at) => ({ at }));
    expect(share()).toBeGreaterThan(before);
    expect(held).toHaveLength(4_000_000);
  });
});
