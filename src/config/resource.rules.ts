import type { CallerResources } from './settings/access.settings.js';

/** What a caller can be restricted to. */
export type ResourceNoun = 'product' | 'voucherGroup' | 'tokenName';

const LISTS = {
  product: 'products',
  voucherGroup: 'voucherGroups',
  tokenName: 'tokenNames',
} as const satisfies Record<ResourceNoun, keyof CallerResources>;

/** Whether the caller is restricted in this kind at all. */
export function isRestricted(resources: CallerResources, noun: ResourceNoun): boolean {
  return resources[LISTS[noun]] !== undefined;
}

/** Whether this one is within the caller's reach. A value that is not a string is not an id, and is in no list. */
export function mayReach(resources: CallerResources, noun: ResourceNoun, id: unknown): boolean {
  const list = resources[LISTS[noun]];
  if (list === undefined) return true;
  if (typeof id !== 'string') return false;
  return list.some((entry) => (entry.endsWith('*') ? id.startsWith(entry.slice(0, -1)) : id === entry));
}
