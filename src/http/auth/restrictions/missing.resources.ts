import type { ResourceNoun } from '../../../config/resource.rules.js';
import {
  MissingError,
  RejectedError,
  type UpstreamError,
} from '../../../upstreams/transport/upstream.errors.js';

export const DETAILS = {
  upstream: 'spid',
  operation: 'restriction',
  reason: 'outside the reach of the caller',
} as const;

/** The same error as the upstream's client for a missing resource, so that the two problems are identical. */
export function missing(noun: ResourceNoun): UpstreamError {
  switch (noun) {
    case 'product':
      return new MissingError('product', DETAILS);
    case 'voucherGroup':
      return new MissingError('voucher-group', DETAILS);
    case 'tokenName':
      return new RejectedError([], DETAILS);
    default:
      return noun satisfies never;
  }
}
