import type { ProblemSlug } from './problem.types.js';

/** What a caller should know and do about each problem; shown on its page and in the OpenAPI document. */
export const PROBLEM_ADVICE: Record<ProblemSlug, string> = {
  'validation-failed':
    'Body, path, query or a header was refused before anything was done; `errors` names the fields.',
  'idempotency-key-missing':
    'This write needs an `Idempotency-Key` header of 1 to 255 visible ASCII characters, or the one sent is malformed.',
  unauthenticated:
    'Send `Authorization: Bearer <key>` with a key that is known and in force; a webhook, a valid signature and a fresh timestamp.',
  forbidden: 'The key is valid, but the scope of this route or the tenant is not granted to its caller.',
  'route-not-found': 'The path does not exist; the OpenAPI document lists all that do.',
  'user-not-found': 'SPiD knows no such user for this tenant.',
  'product-not-found': 'SPiD knows no such product for this tenant.',
  'voucher-group-not-found': 'No such voucher group for this tenant, or handouts are not enabled for it.',
  'voucher-not-found': 'No voucher has this code in this tenant.',
  'migration-not-found': 'No such migration for this tenant; cancelled and archived ones vanish too.',
  'operation-not-found': 'No such operation for this caller and tenant.',
  'method-not-allowed': 'The path exists, the method does not; the `Allow` header names those that do.',
  'request-timeout':
    'The headers have to arrive within 10 s, the whole request within 30 s. The gateway did nothing with it.',
  'voucher-unavailable':
    'The group has no free voucher left, or fewer than asked. Generate more, then ask with a new key: the refusal is the answer of this one.',
  'operation-in-progress':
    'The first request with this `Idempotency-Key`, or another write on the same thing, has no outcome yet; ask again after `Retry-After`. `outcome: not_executed` means that this request itself was not sent.',
  'operation-changed':
    'The `If-Match` of a decision names an older version of the operation. Read it again, and decide by what it shows now.',
  'migration-taken':
    'A decision names a migration that another operation of the same account at the upstream has begun. Find the right one, or decide without naming it.',
  'probe-refused':
    'Nothing that this write would leave at the upstream can be read back, or it was probed as often as is kept. A person has to find out elsewhere.',
  'operation-already-decided': 'The operation has a final state, which never changes.',
  'answer-lost':
    'This write was executed, and what the upstream answered is not known, or cannot be read any more. Do not repeat it; look at the operation.',
  'payload-too-large':
    'The body is larger than 1 MiB (a webhook: 64 KiB), or the headers are larger than 16 KiB.',
  'unsupported-media-type': 'Bodies are `application/json` in UTF-8, not compressed.',
  'idempotency-key-reused':
    'The `Idempotency-Key` was used for another request; use a new key for a new request.',
  'upstream-rejected':
    'The upstream understood the request and refused its content; `errors` names the fields it refused.',
  'rate-limited':
    'The limit of this caller is used up, or the operation was probed a moment ago; repeat after `Retry-After`.',
  'internal-error':
    'A fault of the gateway. Quote `instance` to its operators. For a write, `outcome` says what is known.',
  'upstream-misconfigured':
    'The upstream refuses the gateway itself. Repeating does not help; operators have to act.',
  'upstream-garbled':
    'The upstream answered, but the answer cannot be read or verified. Reads can be repeated.',
  'upstream-unavailable':
    'The upstream cannot be reached, or did not answer a read. A write with this problem was not sent.',
  'upstream-throttled':
    'The limit of the upstream is used up; nothing was executed. Repeat after `Retry-After`.',
  'ledger-unavailable':
    'The gateway cannot record writes now, so it sends none; nothing was executed. Reads go on.',
  'outcome-unknown':
    'The write was sent and no trustworthy answer came back. Do not repeat it with a new key: it may have been executed.',
};
