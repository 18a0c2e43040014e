import * as fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { SeriesHistogram } from './series.histogram.js';

const OPTIONS = {
  name: 'seconds',
  help: 'How "long"',
  labelNames: ['one', 'two'] as const,
  buckets: [0.1, 1, 10],
};

describe('SeriesHistogram', () => {
  it("writes what the library's histogram writes for the same values", async () => {
    const value = fc.oneof(fc.constantFrom(0, 0.1, 1, 10, 10.1), fc.double({ min: 0, max: 20, noNaN: true }));
    const label = fc.constantFrom('a', 'b"', 'c\\d');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(label, label, value), { maxLength: 30 }), async (observed) => {
        const [ours, theirs] = [new Registry(), new Registry()];
        const histogram = new SeriesHistogram(OPTIONS).registerIn(ours);
        const library = new Histogram({ ...OPTIONS, registers: [theirs] });
        for (const [one, two, seconds] of observed) {
          histogram.series(`${one} ${two}`, () => ({ one, two })).observe(seconds);
          library.observe({ one, two }, seconds);
        }
        expect(await ours.metrics()).toBe(await theirs.metrics());
      }),
      { numRuns: 100 },
    );
  });
});
