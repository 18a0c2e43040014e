import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { sql } from 'kysely';
import { Clock } from '../../config/clock.js';
import { Database } from './database.js';

/** SQL for the server's time in milliseconds since 1970; what a statement returns of it goes to `learn`. */
export const SERVER_MS = '(extract(epoch from clock_timestamp()) * 1000)::float8';

/** Clocks kept by NTP run apart by less than this (500 ppm each); a larger step means that one was set. */
const DRIFT = 0.001;

/** Server's time minus monotonic time of this process, in milliseconds: between these two, as seen at `atMs`. */
interface Offset {
  readonly earliest: number;
  readonly latest: number;
  readonly atMs: number;
}

/**
 * The database's time, estimated without a round trip from what its responses contain. It goes on with the monotonic
 * clock, so setting this machine's clock does not move it, and it is never ahead of the database by more than the two
 * clocks drifted apart since the last response. After a suspended machine or a failover to a server with another time
 * it is wrong until the next response, so what decides is compared by the server itself.
 */
@Injectable()
export class DatabaseClock implements OnApplicationBootstrap {
  #offset: Offset | undefined;
  #asking: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    /** The clock of this process. */
    readonly process: Clock,
  ) {}

  /** Asked early, so that the first write need not; a database that comes later is asked then. */
  onApplicationBootstrap(): void {
    this.learned().catch(() => undefined);
  }

  /** The time of this process as long as no response has come; wait for `learned` where that matters. */
  now(): Date {
    if (!this.#offset) return this.process.now();
    return new Date(this.process.monotonicMs() + this.#offset.earliest);
  }

  /** @throws DatabaseUnavailableError */
  async learned(): Promise<void> {
    if (this.#offset) return;
    this.#asking ??= this.ask().finally(() => (this.#asking = undefined));
    await this.#asking;
  }

  /** @throws DatabaseUnavailableError */
  async ask(): Promise<void> {
    const askedMs = this.process.monotonicMs();
    const statement = sql<{ at: number }>`select ${sql.raw(SERVER_MS)} as at`;
    const { rows } = await this.database.run((db) => statement.execute(db));
    if (rows[0]) this.learn(rows[0].at, askedMs);
  }

  /**
   * @param serverMs what the server's clock showed while it worked
   * @param askedMs on the monotonic clock, before the statement left
   */
  learn(serverMs: number, askedMs: number): void {
    const atMs = this.process.monotonicMs();
    const seen = { earliest: serverMs - atMs, latest: serverMs - askedMs, atMs };
    const known = this.#offset;
    const driftMs = known ? (atMs - known.atMs) * DRIFT : 0;
    const agrees =
      known && seen.earliest <= known.latest + driftMs && seen.latest >= known.earliest - driftMs;
    this.#offset = agrees
      ? {
          earliest: Math.max(seen.earliest, known.earliest - driftMs),
          latest: Math.min(seen.latest, known.latest + driftMs),
          atMs,
        }
      : seen;
  }
}
