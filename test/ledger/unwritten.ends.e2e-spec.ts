import { Logger } from '@nestjs/common';
import { DatabaseUnavailableError } from '../../src/store/database/database.errors.js';
import { UnwrittenEnds } from '../../src/ledger/writes/unwritten.ends.js';
import { Metrics } from '../../src/telemetry/metrics.js';

const DAY_MS = 86_400_000;
const away = () => Promise.reject(new DatabaseUnavailableError('statement timeout'));

describe('UnwrittenEnds', () => {
  let metrics: Metrics;
  let late: UnwrittenEnds;
  let written: string[];
  let errors: string[];

  beforeEach(() => {
    metrics = new Metrics();
    late = new UnwrittenEnds(metrics);
    written = [];
    errors = [];
    const silent = { log: () => undefined, warn: () => undefined };
    Logger.overrideLogger({ ...silent, error: (line: string) => errors.push(line) });
  });

  afterEach(() => Logger.overrideLogger(false));

  const add = (id: string) => late.add(id, 'succeed', async () => void written.push(id));
  const counted = async (reason: string) =>
    (await metrics.text()).includes(`tollgate_ledger_unrecorded_ends_total{reason="${reason}"} 1`);

  it('writes the others while one cannot be written', async () => {
    late.add('locked', 'succeed', away);
    for (const id of ['a', 'b']) add(id);
    await late.flush();
    expect([written, late.count]).toEqual([[], 3]);
    await late.flush();
    expect([written, late.count]).toEqual([['a', 'b'], 1]);
  });

  it('keeps ends for any duration of an outage, also while the machine is suspended', async () => {
    let isAway = true;
    late.add('a', 'succeed', async () => (isAway ? away() : void written.push('a')));
    const clock = performance.now.bind(performance);
    performance.now = () => clock() + DAY_MS;
    try {
      await late.flush();
    } finally {
      performance.now = clock;
    }
    isAway = false;
    await late.flush();
    expect([written, late.count]).toEqual([['a'], 0]);
  });

  it('logs and counts each end that the database rejects', async () => {
    late.add('a', 'succeed', () => Promise.reject(new Error('refused')));
    await late.flush();
    expect(late.count).toBe(0);
    expect(errors).toEqual([expect.stringMatching(/operation a ended with "succeed".*refused/)]);
    expect(await counted('refused')).toBe(true);
  });

  it('logs and counts each end for which there is no room', async () => {
    for (let n = 0; n < 1_000; n += 1) add(`kept-${n}`);
    expect(errors).toEqual([]);
    expect(add('one-more')).toBe(false);
    expect(errors).toEqual([expect.stringMatching(/operation one-more ended with "succeed"/)]);
    expect(await counted('no_room')).toBe(true);
  });

  it('writes what it can at shutdown, and logs and counts the rest', async () => {
    late.add('locked', 'succeed', away);
    for (const id of ['a', 'b']) add(id);
    await late.onApplicationShutdown();
    expect(written).toEqual(['a', 'b']);
    expect(errors).toEqual([expect.stringMatching(/operation locked ended with "succeed"/)]);
    expect(await counted('shutdown')).toBe(true);
  });

  it('logs and counts an end that arrives after the shutdown', async () => {
    await late.onApplicationShutdown();
    expect(add('after')).toBe(false);
    expect(errors).toEqual([expect.stringMatching(/operation after ended with "succeed"/)]);
    expect(await counted('shutdown')).toBe(true);
  });
});
