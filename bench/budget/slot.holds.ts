import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '../../test/chaos/processes/redis.server.js';

/** A slot is listed for a second and longer: none is overlooked. */
const PAUSE_MS = 300;

const READ = `local state = redis.call('GET', KEYS[1])
  return state and cjson.encode(cmsgpack.unpack(state).held) or '[]'`;

interface Held {
  readonly id: string;
  readonly grantedMs: number;
  readonly slotMs: number;
}

/** A slot whose response has not been seen has this end or a later one: about the year 5138. */
const UNTIL_HEAD_MIN = 1e14;

/** How long each rate slot of the account was held, as Redis has it: from the grant until it is free again. */
export class SlotHolds {
  readonly #holds = new Map<string, number>();
  #isOver = false;

  constructor(
    private readonly redis: RedisServer,
    /** The vendor's name, with which the account's begins. */
    private readonly upstream: string,
  ) {}

  /** Reads until `stop`. */
  async watch(): Promise<void> {
    while (!this.#isOver) {
      await this.#read();
      await sleep(PAUSE_MS);
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  /** Milliseconds; NaN when the gateway keeps no such state. */
  get meanMs(): number {
    const all = [...this.#holds.values()];
    return all.reduce((sum, ms) => sum + ms, 0) / all.length;
  }

  async #read(): Promise<void> {
    const held = await this.redis.run(async (connection) => {
      const [key] = await connection.keys(`tollgate:budget:{${this.upstream}:*`);
      return key === undefined ? [] : (JSON.parse(String(await connection.eval(READ, 1, key))) as Held[]);
    });
    // An empty table of Lua is an object.
    for (const { id, grantedMs, slotMs } of Array.isArray(held) ? held : []) {
      if (slotMs > 0 && slotMs < UNTIL_HEAD_MIN) this.#holds.set(id, slotMs - grantedMs);
    }
  }
}
