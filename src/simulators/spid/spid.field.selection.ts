import { isObject } from '../json.object.js';
import type { Call, Outcome } from './spid.call.js';
import { phpMap } from './spid.json.js';

/**
 * `fields=a,b` selects the fields of an object, or of each object in a list or map (SPiD A8). Unknown fields are
 * ignored; an object without fields left is `[]`, like any empty one.
 */
export function selectFields(outcome: Outcome, { query, method }: Call): Outcome {
  const fields = new Set(query.list('fields'));
  if (fields.size === 0 || method !== 'GET') return outcome;
  const { data } = outcome;
  if (Array.isArray(data)) return { ...outcome, data: data.map((each: unknown) => pick(each, fields)) };
  if (!isObject(data)) return outcome;
  const values = Object.values(data);
  if (!values.every(isObject)) return { ...outcome, data: pick(data, fields) };
  return { ...outcome, data: phpMap(Object.entries(data).map(([key, each]) => [key, pick(each, fields)])) };
}

function pick(value: unknown, fields: ReadonlySet<string>): unknown {
  return isObject(value) ? phpMap(Object.entries(value).filter(([name]) => fields.has(name))) : value;
}
