import { type Quota, stateOf, type Taking } from './quota.js';
import type { RedisLink } from './redis.link.js';
import { RedisScript } from './redis.script.js';
import { SharedState } from './shared.state.js';

/**
 * `useAt`, `hasRoom` and `msUntilUnused` of quota.ts, for all quotas in one step and by the clock of Redis. Returns 1 or 0
 * for admitted, and of each quota what is used and how many milliseconds ago its window began. Where nothing is taken, a SET
 * that changes nothing makes it fail in a Redis that refuses writes: what that one replies is not what was counted.
 */
export const TAKE_LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local units = tonumber(ARGV[1])
local admitted = 1
local uses = {}
for i, key in ipairs(KEYS) do
  local requests, window, burst = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local used, start = 0, now
  local kept = redis.call('GET', key)
  if kept then
    local keptUsed, keptStart = string.match(kept, '^(%d+):(%d+)$')
    start = math.min(tonumber(keptStart), now)
    local windows = math.floor((now - start) / window)
    used = math.max(0, tonumber(keptUsed) - windows * requests)
    start = start + windows * window
    if used == 0 and windows > 0 then start = now end
  end
  if used + units > requests + burst then admitted = 0 end
  uses[i] = { used, start, requests, window, kept }
end
local result = { admitted }
for i, use in ipairs(uses) do
  local used, start, requests, window = use[1], use[2], use[3], use[4]
  if admitted == 1 and units > 0 then
    used = used + units
    local left = start + math.ceil(used / requests) * window - now
    redis.call('SET', KEYS[i], string.format('%.0f:%.0f', used, start), 'PX', string.format('%.0f', left))
  elseif i == 1 then
    redis.call('SET', KEYS[i], '', use[5] and 'NX' or 'XX')
  end
  result[2 * i] = used
  result[2 * i + 1] = now - start
end
return result`;

const TAKE = new RedisScript(TAKE_LUA);

/** Before every key, so that Tollgate can live in a Redis with others. */
const PREFIX = 'tollgate:quota:';

/** Over all replicas, through Redis. Without it each replica counts for itself, so a limit may be met once per replica. */
export class RedisState extends SharedState {
  constructor(
    private readonly link: RedisLink,
    private readonly local: SharedState,
  ) {
    super();
  }

  get isDegraded(): boolean {
    return !this.link.isComplete;
  }

  async take(purpose: string, key: string, quotas: readonly Quota[], units = 1): Promise<Taking> {
    // Braces: the keys of one script have to be in one slot of a cluster.
    const keys = quotas.map(({ name }) => `${PREFIX}{${purpose}:${key}}:${name}`);
    const args = quotas.flatMap(({ requests, windowMs, burst }) => [requests, windowMs, burst]);
    const result = await this.link.ask(keys[0] ?? key, (redis, isAsking) =>
      TAKE.run(redis, keys, [units, ...args], isAsking),
    );
    if (!Array.isArray(result)) return this.local.take(purpose, key, quotas, units);
    return takingOf(result as number[], quotas);
  }
}

/** What the script returned. */
export function takingOf([isAdmitted, ...numbers]: readonly number[], quotas: readonly Quota[]): Taking {
  const states = quotas.map((quota, at) => {
    const [used = 0, ageMs = 0] = numbers.slice(2 * at, 2 * at + 2);
    return stateOf({ used, startMs: -ageMs }, 0, quota);
  });
  return { isAdmitted: isAdmitted === 1, states };
}
