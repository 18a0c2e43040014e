import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** A script that Redis keeps under its hash; sent whole only when Redis does not have it. */
export class RedisScript {
  readonly #sha: string;

  constructor(private readonly lua: string) {
    this.#sha = createHash('sha1').update(lua).digest('hex');
  }

  /** @param isAsking the keys are on their way to this node of a cluster: each command is sent behind `ASKING` */
  async run(
    redis: Redis,
    keys: readonly string[],
    args: readonly (string | number)[],
    isAsking = false,
  ): Promise<unknown> {
    try {
      if (isAsking) ask(redis);
      return await redis.evalsha(this.#sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      if (isAsking) ask(redis);
      return redis.eval(this.lua, keys.length, ...keys, ...args);
    }
  }
}

/** For the next command of the connection. If it fails, the next one fails too and reports it. */
function ask(redis: Redis): void {
  redis.asking().catch(() => undefined);
}
