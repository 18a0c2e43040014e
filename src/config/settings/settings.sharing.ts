import { Secret } from '../secret.js';
import type { Settings, TenantSettings } from './settings.js';

/**
 * The next settings, in which every upstream that says the same as before is the same object as
 * before: whoever keeps something per object (a connection pool, a token) then keeps it through an unrelated change.
 */
export function sharing(before: Settings, next: Settings): Settings {
  const tenants = [...next.tenants].map(([name, tenant]): [string, TenantSettings] => {
    const old = before.tenants.get(name);
    const spid = kept(old?.spid, tenant.spid);
    const import2 = kept(old?.import2, tenant.import2);
    return [name, Object.freeze({ ...tenant, ...(spid && { spid }), ...(import2 && { import2 }) })];
  });
  return Object.freeze({ ...next, tenants: new Map(tenants) });
}

function kept<T>(before: T | undefined, next: T): T {
  return before !== undefined && sameValue(before, next) ? before : next;
}

/** Whether two parts of settings say the same. Secrets are compared by their text, which leaves no trace. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
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
