/** Why the vendor was asked, in the words of RFC 9211. */
export type ForwardReason = 'bypass' | 'request' | 'uri-miss' | 'stale';

/** How a response came about, as `Cache-Status` reports it. */
export type CacheStatus =
  | {
      readonly from: 'memory';
      readonly ageSeconds: number;
      /** Negative once the response is older than was allowed. */
      readonly ttlSeconds: number;
      readonly detail?: string;
    }
  | {
      readonly from: 'vendor';
      readonly reason: ForwardReason;
      /** Kept for later requests. */
      readonly isStored?: boolean;
      /** Another request had the vendor asked. */
      readonly isCollapsed?: boolean;
      /** A token. */
      readonly detail?: string;
    };

/** One member of a structured list (RFC 9211, 2). It names no key: that would contain the id of a customer. */
export function cacheStatusOf(status: CacheStatus): string {
  const detail = status.detail === undefined ? '' : `; detail=${status.detail}`;
  if (status.from === 'memory') return `Tollgate; hit; ttl=${status.ttlSeconds}${detail}`;
  const stored = status.isStored ? '; stored' : '';
  const collapsed = status.isCollapsed ? '; collapsed' : '';
  return `Tollgate; fwd=${status.reason}${stored}${collapsed}${detail}`;
}
