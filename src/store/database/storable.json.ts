/**
 * Levels kept. A body has 32 at most and is stored inside two or three of ours; PostgreSQL refuses some thousands with
 * an error that speaks of its stack, and a stored value must never fail for its form.
 */
export const STORED_DEPTH_MAX = 64;

const TOO_DEEP = '[nested too deeply]';

/**
 * The JSON value that PostgreSQL can store as jsonb: NUL and half surrogate pairs, which JavaScript allows in strings
 * and member names at any depth, become U+FFFD. Members whose names then coincide are kept under numbered names, because
 * jsonb keeps only the last of two. Returns the same value when there is none of these.
 */
export function storableJson(value: unknown): unknown {
  return clean(value, 0);
}

function clean(given: unknown, depth: number): unknown {
  const value = asJson(given);
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === STORED_DEPTH_MAX) return TOO_DEEP;
  return Array.isArray(value) ? cleanItems(value, depth) : cleanMembers(value, depth);
}

function cleanItems(items: readonly unknown[], depth: number): readonly unknown[] {
  const cleaned = items.map((each) => clean(each, depth + 1));
  return cleaned.some((each, index) => each !== items[index]) ? cleaned : items;
}

function cleanMembers(value: object, depth: number): object {
  const names = Object.keys(value);
  const members: unknown[] = [];
  let isClean = true;
  for (const name of names) {
    const member = (value as Record<string, unknown>)[name];
    const cleaned = clean(member, depth + 1);
    members.push(cleaned);
    isClean &&= cleaned === member && cleanText(name) === name;
  }
  if (isClean) return value;
  const changed = cleanNames(names);
  // fromEntries defines own members, `__proto__` too.
  return Object.fromEntries(names.map((name, index) => [changed.get(name) ?? name, members[index]]));
}

/** A date, for example, is written by its own `toJSON`. */
function asJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { toJSON } = value as { toJSON?: unknown };
  return typeof toJSON === 'function' ? (toJSON.call(value) as unknown) : value;
}

/** New names by old ones, for those that change. A name that is clean already is never taken from its member. */
function cleanNames(names: readonly string[]): ReadonlyMap<string, string> {
  const dirty = names.filter((name) => cleanText(name) !== name);
  const changed = new Map<string, string>();
  if (dirty.length === 0) return changed;
  const taken = new Set(names);
  const next = new Map<string, number>();
  for (const name of dirty) {
    const wanted = cleanText(name);
    let number = next.get(wanted) ?? 1;
    let free = wanted;
    while (taken.has(free)) free = `${wanted} (${(number += 1)})`;
    next.set(wanted, number);
    taken.add(free);
    changed.set(name, free);
  }
  return changed;
}

function cleanText(text: string): string {
  return text.isWellFormed() && !text.includes('\0') ? text : text.toWellFormed().replaceAll('\0', '\uFFFD');
}
