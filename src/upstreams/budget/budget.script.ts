import { readFileSync } from 'node:fs';

/** In the order in which they use each other; each is the model's file of that name, line by line. */
const PARTS = [
  'state',
  'clock',
  'turn',
  'limits',
  'gate',
  'missing',
  'presence',
  'held',
  'queue',
  'forecast',
  'admission',
  'reply',
  'model',
];

/** Before every key and channel, so that Tollgate can live in a Redis with others. */
export const KEY_PREFIX = 'tollgate:budget:';

/** The state of an account. The braces choose the slot of a cluster. */
export function accountKeyOf(account: string): string {
  return `${KEY_PREFIX}{${account}}`;
}

/**
 * The model in Lua, for Redis 7 and Valkey. KEYS: that of the account. ARGV: the step with its context as JSON. Returns the
 * reply as JSON.
 * @param entry what the script does with the model: `step`; tests have one that takes the time from them
 */
export function budgetScript(entry: URL = part('step')): string {
  return [...PARTS.map(part), entry].map((file) => readFileSync(file, 'utf8')).join('\n');
}

function part(name: string): URL {
  return new URL(`script/${name}.lua`, import.meta.url);
}
