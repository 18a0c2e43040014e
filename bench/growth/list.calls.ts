import { SCOPES } from '../../src/config/scopes.js';
import { OPERATION_KINDS } from '../../src/ledger/operation.kind.js';
import type { BenchCaller } from '../support/bench.settings.js';
import type { Call } from '../support/load.js';

/** Sees the operations of its tenant. */
export const DECIDES: BenchCaller = { name: 'decides', weight: 1 };

/** See only their own, of which one has most operations and one very few. */
const ownOnly = SCOPES.filter((scope) => scope !== 'operations:resolve');
export const SHOP: BenchCaller = { name: 'shop', weight: 1, scopes: ownOnly };
const AUDIT: BenchCaller = { name: 'audit', weight: 1, scopes: ownOnly };

export const LIST_CALLERS: readonly BenchCaller[] = [DECIDES, SHOP, AUDIT];

const dayBefore = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();

const FILTERS: readonly string[] = [
  ...['succeeded', 'failed', 'released', 'unknown', 'running'].map((state) => `state=${state}`),
  ...OPERATION_KINDS.map((kind) => `kind=${kind}`),
  'awaits=person',
  'awaits=evidence',
  'recommendation=executed',
  'userId=4711',
  'userId=0815',
  'voucherGroupId=1',
  'voucherGroupId=5',
  'destinationUsername=user199@example.test',
  `from=${dayBefore(1)}`,
  `from=${dayBefore(300)}`,
  `to=${dayBefore(300)}`,
];

/** Every filter and every pair of two different ones, for callers that see all and that see their own. */
export function listCalls(url: string): { readonly name: string; readonly call: Call }[] {
  const pairs = FILTERS.flatMap((a, at) =>
    FILTERS.slice(at + 1)
      .filter((b) => nameOf(a) !== nameOf(b))
      .map((b) => `${a}&${b}`),
  );
  return LIST_CALLERS.flatMap(({ name: caller }) =>
    ['', ...FILTERS, ...pairs].map((query) => ({
      name: `${caller}: ${query}`,
      call: { url: `${url}/v1/operations?limit=50&${query}`, caller },
    })),
  );
}

const nameOf = (filter: string): string => filter.slice(0, filter.indexOf('='));
