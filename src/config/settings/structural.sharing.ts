import { Secret } from '../secrets/secret.js';
import { UPSTREAM_NAMES } from '../upstream.names.js';
import type { Settings } from './settings.js';
import type { TenantSettings } from './tenant.settings.js';

/**
 * The next settings, in which every upstream that is equal to the one before is the same object as before: what is kept
 * per object (a connection pool, a token) survives an unrelated change.
 */
export function sharing(before: Settings, next: Settings): Settings {
  const tenants = [...next.tenants].map(([name, tenant]): [string, TenantSettings] => {
    const old = before.tenants.get(name);
    const vendors = UPSTREAM_NAMES.flatMap((upstream) => {
      const settings = tenant[upstream];
      return settings ? [[upstream, kept<object>(old?.[upstream], settings)]] : [];
    });
    return [name, Object.freeze({ ...tenant, ...Object.fromEntries(vendors) })];
  });
  return Object.freeze({ ...next, tenants: new Map(tenants) });
}

function kept<T>(before: T | undefined, next: T): T {
  return before !== undefined && sameValue(before, next) ? before : next;
}

/** Classes that are compared by their content; all others by their members only. */
const COMPARED_BY_CONTENT = [Secret, Date, Buffer, Set, Map, Array];

/** Whether two parts of settings are equal. Secrets are compared in constant time, without a trace. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (COMPARED_BY_CONTENT.some((each) => one instanceof each !== other instanceof each)) return false;
  if (one instanceof Secret) return one.equals(other as Secret);
  if (one instanceof Date) return one.getTime() === (other as Date).getTime();
  if (Buffer.isBuffer(one)) return one.equals(other as Buffer);
  if (one instanceof Set || one instanceof Map) {
    return sameValue([...one], [...(other as Set<unknown> | Map<unknown, unknown>)]);
  }
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => key in other && sameValue(memberOf(one, key), memberOf(other, key)))
  );
}

function memberOf(value: object, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}
