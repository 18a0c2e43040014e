import type { RedisLink } from './redis.link.js';
import { SharedState, type WindowHits } from './shared.state.js';

/** In one step, so that no window is left without an end: it would count for ever. */
const HIT = `
local hits = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return { hits, left }`;

/** Before every key, so that Tollgate can live in a Redis with others. */
const PREFIX = 'tollgate:hits:';

/** Over all replicas, through Redis. Without it each replica counts for itself, so a limit may be met once per replica. */
export class RedisState extends SharedState {
  constructor(
    private readonly link: RedisLink,
    private readonly local: SharedState,
  ) {
    super();
  }

  async hit(counter: string, key: string, windowMs: number): Promise<WindowHits> {
    const result = await this.link.ask((redis) => redis.eval(HIT, 1, `${PREFIX}${counter}:${key}`, windowMs));
    if (!Array.isArray(result)) return this.local.hit(counter, key, windowMs);
    const [hits, msLeft] = result as [number, number];
    return { hits, msLeft };
  }
}
