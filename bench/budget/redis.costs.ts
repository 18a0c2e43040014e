import type { RedisServer } from '../../test/chaos/processes/redis.server.js';

/** Scripts that Redis has run so far. */
export interface ScriptCosts {
  readonly calls: number;
  readonly microseconds: number;
}

/** EVALSHA only: this benchmark itself reads with EVAL. */
export async function scriptCosts(redis: RedisServer): Promise<ScriptCosts> {
  const text = await redis.run((connection) => connection.info('commandstats'));
  const [, calls = '0', microseconds = '0'] = /cmdstat_evalsha:calls=(\d+),usec=(\d+)/.exec(text) ?? [];
  return { calls: Number(calls), microseconds: Number(microseconds) };
}

export function costsBetween(before: ScriptCosts, after: ScriptCosts): ScriptCosts {
  return { calls: after.calls - before.calls, microseconds: after.microseconds - before.microseconds };
}
