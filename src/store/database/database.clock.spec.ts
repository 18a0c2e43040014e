import { Clock } from '../../config/clock.js';
import { DatabaseClock } from './database.clock.js';
import type { Database } from './database.js';

const NOON = Date.parse('2026-03-01T12:00:00Z');

/** Both clocks of this process, moved by hand. */
class HandClock extends Clock {
  wallMs = Date.parse('2020-01-01T00:00:00Z');
  elapsedMs = 5_000;

  override now = () => new Date(this.wallMs);
  override monotonicMs = () => this.elapsedMs;

  pass(ms: number): void {
    this.wallMs += ms;
    this.elapsedMs += ms;
  }
}

describe('the clock of the database', () => {
  let hand: HandClock;
  let server: number;
  let clock: DatabaseClock;

  beforeEach(() => {
    hand = new HandClock();
    server = NOON;
    clock = new DatabaseClock({} as Database, hand);
  });

  const pass = (ms: number) => {
    hand.pass(ms);
    server += ms;
  };

  /** A statement: so long to the server, so long back. */
  const ask = (thereMs: number, backMs: number) => {
    const askedMs = hand.monotonicMs();
    pass(thereMs);
    const at = server;
    pass(backMs);
    clock.learn(at, askedMs);
  };
  const errorMs = () => clock.now().getTime() - server;

  it('knows the time of the server for any clock of this process', () => {
    ask(2, 3);
    pass(60_000);
    expect(errorMs()).toBe(-3);
  });

  it('keeps the best of what it learned, and is never ahead', () => {
    ask(1, 1);
    pass(1_000);
    ask(40, 900);
    expect(errorMs()).toBeGreaterThanOrEqual(-4);
    expect(errorMs()).toBeLessThanOrEqual(0);
  });

  it('does not move when the clock of this process is set', () => {
    ask(1, 1);
    hand.wallMs += 3_600_000;
    expect(errorMs()).toBe(-1);
    hand.wallMs -= 7_200_000;
    expect(errorMs()).toBe(-1);
  });

  it.each([
    ['after this machine was suspended', 900_000],
    ['after a failover to a server that is ahead', 60_000],
    ['after a failover to a server that is behind', -60_000],
    ['after the clock of the server was set back', -3_600_000],
  ])('is right again with the next response %s', (_, ms) => {
    ask(1, 1);
    server += ms;
    expect(errorMs()).toBe(-1 - ms);
    ask(1, 2);
    expect(errorMs()).toBe(-2);
  });

  it('follows a clock that drifts', () => {
    ask(1, 1);
    for (let i = 0; i < 100; i += 1) {
      pass(10_000);
      server += 4;
      ask(1, 1);
    }
    expect(Math.abs(errorMs())).toBeLessThanOrEqual(12);
  });

  it('asks the database when it knows nothing', async () => {
    const asked: unknown[] = [];
    const database = { run: () => Promise.resolve({ rows: [{ at: server }] }).finally(() => asked.push(1)) };
    clock = new DatabaseClock(database as unknown as Database, hand);
    await Promise.all([clock.learned(), clock.learned()]);
    await clock.learned();
    expect([errorMs(), asked.length]).toEqual([0, 1]);
  });
});
