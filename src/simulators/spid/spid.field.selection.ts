import { isObject } from '../json.object.js';
import type { Call, CallResult } from './spid.call.js';
import { phpMap } from './spid.json.js';

/**
 * `fields=a,b` selects the fields of an object, or of each object in a list or map (SPiD A8). Unknown fields are
 * ignored; an object without fields left is `[]`, like any empty one.
 */
export function selectFields(result: CallResult, { query, method }: Call): CallResult {
  const fields = new Set(query.list('fields'));
  if (fields.size === 0 || method !== 'GET') return result;
  const { data } = result;
  if (Array.isArray(data)) return { ...result, data: data.map((each: unknown) => pick(each, fields)) };
  if (!isObject(data)) return result;
  const values = Object.values(data);
  if (!values.every(isObject)) return { ...result, data: pick(data, fields) };
  return { ...result, data: phpMap(Object.entries(data).map(([key, each]) => [key, pick(each, fields)])) };
}

function pick(value: unknown, fields: ReadonlySet<string>): unknown {
  return isObject(value) ? phpMap(Object.entries(value).filter(([name]) => fields.has(name))) : value;
}
