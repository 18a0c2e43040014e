import type { ConfigurationIssue } from '../../errors/configuration.error.js';
import { joinPath } from '../../errors/setting.path.js';

/** `toString` and so on: class-transformer leaves out what every object inherits, so that no validation sees it. */
const LOST: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** An error for each key of the file that would be ignored in place of refused. @param plain without circles */
export function lostIn(plain: unknown, parent = ''): ConfigurationIssue[] {
  if (typeof plain !== 'object' || plain === null) return [];
  const isList = Array.isArray(plain);
  return Object.entries(plain).flatMap(([name, value]) => {
    const path = joinPath(parent, isList ? Number(name) : name);
    return LOST.has(name) ? [{ path, reason: 'is not a known setting' }] : lostIn(value, path);
  });
}
