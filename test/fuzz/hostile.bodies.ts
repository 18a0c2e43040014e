import { gzipSync } from 'node:zlib';
import type { Random } from '../support/random.js';
import { hostileName, hostileText, hostileValue, RAW_JSON } from './hostile.values.js';

/** What may be named as the type of a body, right, wrong and nonsense. */
const TYPES = [
  'application/json; charset=utf-8',
  'application/json; charset=UTF-16',
  'application/json;charset',
  'APPLICATION/JSON',
  'application/json, text/plain',
  ' application/json ',
  'application/merge-patch+json',
  'application/problem+json',
  'text/plain',
  'text/html; charset=x',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=a',
  'multipart/form-data',
  'application/octet-stream',
  'application/xml',
  '*/*',
  'json',
  '/',
  ';',
  'a'.repeat(2_000),
  '',
] as const;

/** Over the 1 MiB that a body may have, up to what clients were seen to send before they noticed. */
const LARGE_BYTES = { min: 1_100_000, max: 12_000_000 };

/** One buffer for all: its content does not matter, because it must not be read. */
const LARGE = Buffer.alloc(LARGE_BYTES.max, '"a",');

export function hostileType(random: Random): string {
  return random.pick(TYPES);
}

/** Refused before it has all been sent. */
export function largeBody(random: Random): Buffer {
  return LARGE.subarray(0, random.whole(LARGE_BYTES.min, LARGE_BYTES.max));
}

/** The value as bytes, with something wrong in the bytes or in the value. */
export function spoiledBody(value: unknown, random: Random): Buffer {
  const how = random.whole(0, 9);
  if (how === 0) return Buffer.from(random.pick(RAW_JSON));
  if (how === 1) return Buffer.from(JSON.stringify(value).slice(0, -1));
  if (how === 2) return Buffer.from(JSON.stringify(hostileValue(random)) ?? '');
  if (how === 3) return gzipSync(JSON.stringify(value));
  if (how === 4) return Buffer.from(Array.from({ length: random.whole(0, 200) }, () => random.whole(0, 255)));
  return Buffer.from(JSON.stringify(spoiled(value, random)));
}

/** The value with a member of a hostile name in it, at any depth; sometimes with the name as bytes that are no UTF-8. */
export function withHostileNames(value: unknown, random: Random): Buffer {
  const text = JSON.stringify(named(value, random));
  const bytes = Buffer.from(text);
  if (!random.chance(0.1)) return bytes;
  const at = bytes.indexOf('"') + 1;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from([0xed, 0xa0, 0x80]), bytes.subarray(at)]);
}

function named(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) {
    const chosen = random.whole(0, Math.max(value.length - 1, 0));
    return value.map((each: unknown, index) => (index === chosen ? named(each, random) : each));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const inner = entries.filter(([, member]) => typeof member === 'object' && member !== null);
  if (inner.length > 0 && random.chance(0.7)) {
    const [chosen] = random.pick(inner);
    return Object.fromEntries(
      entries.map(([name, member]) => [name, name === chosen ? named(member, random) : member]),
    );
  }
  const added = random.chance(0.3) ? { [hostileName(random)]: 1 } : hostileValue(random);
  return Object.fromEntries([...entries, [hostileName(random), added]]);
}

/** The value with one place in it spoiled. */
function spoiled(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return hostileValue(random);
  const entries = Object.entries(value);
  const how = random.whole(0, 4);
  if (how === 0) return Object.fromEntries(entries.filter(() => random.chance(0.6)));
  if (how === 1) return Object.fromEntries([...entries, [hostileText(random), hostileValue(random)]]);
  if (how === 2) return [value];
  const chosen = random.whole(0, Math.max(entries.length - 1, 0));
  return Object.fromEntries(
    entries.map(([name, member], index) => {
      if (index !== chosen) return [name, member];
      if (typeof member === 'number')
        return [name, random.pick([-1, 0, 0.5, 1e21, 10_000_000, String(member)])];
      return [name, hostileValue(random)];
    }),
  );
}
