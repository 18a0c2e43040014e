import { CooperativeScheduler } from './cooperative.scheduler.js';

describe('CooperativeScheduler', () => {
  let nowMs: number;
  let scheduler: CooperativeScheduler;
  let done: number[];

  beforeEach(() => {
    nowMs = 0;
    done = [];
    scheduler = new CooperativeScheduler(() => nowMs);
  });

  const turn = () => new Promise((resolve) => setImmediate(resolve));

  /** So many works of 1 ms that are called for at the same time. */
  function burst(count: number): void {
    for (let index = 0; index < count; index += 1) {
      scheduler.run(() => {
        done.push(index);
        nowMs += 1;
      });
    }
  }

  it('runs single work at once', async () => {
    for (let count = 0; count < 5; count += 1) {
      burst(1);
      expect(done).toHaveLength(count + 1);
      await turn();
    }
  });

  it('gives a burst a part of each turn, in order', async () => {
    burst(40);
    const after = [done.length];
    while (done.length < 40) {
      await turn();
      after.push(done.length);
    }
    expect(done).toEqual(Array.from({ length: 40 }, (_, index) => index));
    const inOneTurn = after.map((count, index) => count - (after[index - 1] ?? 0));
    expect(Math.max(...inOneTurn)).toBeLessThanOrEqual(4);
    // It does not end early either: a turn without work would cost a burst time.
    expect(inOneTurn.slice(2, -1).every((count) => count >= 2)).toBe(true);
  });

  it('counts the time of what a work continues with', async () => {
    const begun: number[] = [];
    const goOn = async (index: number) => {
      await scheduler.yield();
      begun.push(index);
      nowMs += 2;
    };
    for (let index = 0; index < 12; index += 1) void goOn(index);
    await turn();
    const first = begun.length;
    await turn();
    expect(begun.length - first).toBeLessThanOrEqual(2);
  });

  it('runs what has waited for too long in one turn', async () => {
    burst(20);
    nowMs += 1_000;
    await turn();
    await turn();
    expect(done).toHaveLength(20);
  });
});
