import type { ProblemSlug } from './problem.types.js';

/** Cause of each problem and what a caller should do; shown on its page and in the OpenAPI document. */
export const PROBLEM_ADVICE: Record<ProblemSlug, string> = {
  'validation-failed':
    'Body, path, query or a header is not valid; nothing was executed. `errors` names the fields.',
  'idempotency-key-missing':
    'This write requires an `Idempotency-Key` header of 1 to 255 visible ASCII characters; it is missing or malformed.',
  unauthenticated:
    'Send `Authorization: Bearer <key>` with a known key that has not expired. A webhook needs a valid signature and a recent timestamp.',
  forbidden:
    'The key is valid, but its caller does not have the scope of this route or access to the tenant.',
  'route-not-found': 'The path does not exist; the OpenAPI document lists all paths.',
  'user-not-found': 'SPiD knows no such user for this tenant.',
  'product-not-found': 'SPiD knows no such product for this tenant.',
  'voucher-group-not-found': 'No such voucher group for this tenant, or handouts are not enabled for it.',
  'voucher-not-found': 'No voucher has this code in this tenant.',
  'migration-not-found':
    'No such migration for this tenant. Cancelled and archived migrations are not found either.',
  'operation-not-found': 'No such operation for this caller and tenant.',
  'method-not-allowed': 'The path exists, but not with this method; the `Allow` header lists its methods.',
  'request-timeout':
    'The headers have to arrive within 10 s, the whole request within 30 s. Nothing was executed.',
  'voucher-unavailable':
    'The group has no free voucher left, or fewer than requested. Generate more, then repeat with a new key: this key keeps returning the refusal.',
  'operation-in-progress':
    'The first request with this `Idempotency-Key`, or another write on the same subject, has no outcome yet; retry after `Retry-After`. `outcome: not_executed` means that this request itself was not sent.',
  'operation-changed':
    'The `If-Match` of a decision names an older version of the operation. Read the operation again and decide by its current version.',
  'migration-taken':
    'The decision names a migration that another operation of the same upstream account has started. Name the right one, or decide without a migration.',
  'probe-refused':
    'This write has no effect at the upstream that can be read back, or its maximum number of probes is stored. A person has to find out in another way.',
  'operation-already-decided': 'The operation has a final state, which never changes.',
  'answer-lost':
    'This write was executed, but the response of the upstream is not known or can no longer be decrypted. Do not repeat it; read the operation.',
  'payload-too-large':
    'The body is larger than 1 MiB (a webhook: 64 KiB), or the headers are larger than 16 KiB.',
  'unsupported-media-type': 'Bodies are `application/json` in UTF-8, not compressed.',
  'idempotency-key-reused':
    'The `Idempotency-Key` was used for another request; use a new key for a new request.',
  'upstream-rejected': 'The upstream refused the content of the request; `errors` names the refused fields.',
  'rate-limited':
    'The limit of this caller is used up, or the operation was probed very recently; retry after `Retry-After`.',
  'internal-error':
    'An internal error of the gateway. Quote `instance` to its operators. On a write, `outcome` reports whether it was executed.',
  'upstream-misconfigured':
    'The upstream refuses the gateway itself. Retrying does not help; the operators have to act.',
  'upstream-garbled': 'The response of the upstream cannot be parsed or verified. Reads can be repeated.',
  'upstream-unavailable':
    'The upstream cannot be reached, fails, or did not respond to a read in the time of the settings or of `Tollgate-Deadline-Ms`. A write with this problem was not sent. Retry after `Retry-After`, where there is one.',
  'upstream-throttled':
    'The limit of the upstream is used up, or leaves no room for this request in its time; nothing was executed. Retry after `Retry-After`.',
  overloaded:
    'This replica of the gateway is overloaded and refuses new requests for a moment; nothing was executed. Retry after `Retry-After`.',
  'ledger-unavailable':
    'The gateway cannot record writes at the moment, so it sends none; nothing was executed. Reads continue to work.',
  'outcome-unknown':
    'The write was sent and no reliable response was received. Do not repeat it with a new key: it may have been executed.',
};
