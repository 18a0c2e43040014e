import type { ConfigurationIssue } from '../../errors/configuration.error.js';
import { joinPath } from '../../errors/setting.path.js';
import { INHERITED_NAMES } from '../../inherited.names.js';

/** An error for each key of the file that would be ignored in place of refused. @param plain without circles */
export function lostIn(plain: unknown, parent = ''): ConfigurationIssue[] {
  if (typeof plain !== 'object' || plain === null) return [];
  const isList = Array.isArray(plain);
  return Object.entries(plain).flatMap(([name, value]) => {
    const path = joinPath(parent, isList ? Number(name) : name);
    return INHERITED_NAMES.has(name) ? [{ path, reason: 'is not a known setting' }] : lostIn(value, path);
  });
}
