import { problemBody } from '../../../../src/http/problems/problem.body.js';
import { ProblemError, type ProblemOptions } from '../../../../src/http/problems/problem.error.js';
import type { ProblemSlug } from '../../../../src/http/problems/problem.types.js';

const REQUEST_ID = '7f1f7e5c-3d1b-4a53-9d8e-0f6d5a5b9b1e';

const operation = '/v1/operations/019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f';

/** Of a write that was refused before it became an operation. */
const refused = { outcome: 'not_executed' } as const satisfies ProblemOptions;

/** Of a write whose operation was not executed. */
const notExecuted = { outcome: 'not_executed', operation } as const satisfies ProblemOptions;

type Example = readonly [detail: string, options?: ProblemOptions];

/** One occurrence of each problem, of a write where it can be one: reads have no `outcome` and no `operation`. */
const EXAMPLES: Record<ProblemSlug, Example> = {
  'validation-failed': [
    'The request has fields that are not valid.',
    { ...refused, errors: [{ pointer: '/amount', detail: 'must be a whole number from 1 to 100' }] },
  ],
  'idempotency-key-missing': [
    'This write needs an Idempotency-Key header.',
    { ...refused, errors: [{ pointer: '/headers/Idempotency-Key', detail: 'is missing' }] },
  ],
  unauthenticated: ['Send a valid key as Authorization: Bearer <key>.', refused],
  forbidden: ['This caller does not hold the scope vouchers:handout.', refused],
  'route-not-found': ['There is no such route; see /openapi.json.'],
  'user-not-found': ['There is no such user for this tenant.', notExecuted],
  'product-not-found': ['There is no such product for this tenant.', notExecuted],
  'voucher-group-not-found': ['There is no such voucher group for this tenant.', notExecuted],
  'voucher-not-found': ['There is no such voucher for this tenant.'],
  'migration-not-found': [
    'There is no such migration for this tenant, or it was cancelled or archived.',
    notExecuted,
  ],
  'operation-not-found': ['There is no such operation for this caller and tenant.'],
  'method-not-allowed': ['Use one of: GET, HEAD, PUT, DELETE.'],
  'request-timeout': ['The request did not arrive in time.'],
  'voucher-unavailable': ['The group has not enough free vouchers left.', notExecuted],
  'operation-in-progress': [
    'The first request with this key is still running.',
    { outcome: 'unknown', operation, retryAfterSeconds: 1 },
  ],
  'operation-already-decided': [
    'The outcome of this operation is known and does not change.',
    { outcome: 'executed', operation },
  ],
  'migration-taken': [
    'Another operation of the vendor account accounts for this migration.',
    { outcome: 'unknown', operation },
  ],
  'probe-refused': [
    'A probe can show nothing: this write leaves nothing that can be read back.',
    { outcome: 'unknown', operation },
  ],
  'answer-lost': ['It was executed, and its response is not known.', { outcome: 'executed', operation }],
  'operation-changed': [
    'The operation has changed since it was read; nothing was decided.',
    { outcome: 'unknown', operation },
  ],
  'payload-too-large': ['The body is too large for this route.', refused],
  'unsupported-media-type': ['Send the body as application/json in UTF-8, not compressed.', refused],
  'idempotency-key-reused': ['This key belongs to another request of this caller.', refused],
  'upstream-rejected': [
    'The upstream refused the content of the request.',
    { ...notExecuted, errors: [{ pointer: '/destinationUsername', detail: 'is invalid' }] },
  ],
  'rate-limited': [
    'This caller has used up its requests for now.',
    { ...refused, retryAfterSeconds: 2, violatedPolicies: ['caller'] },
  ],
  'internal-error': ['The gateway failed; its log has the cause.', { outcome: 'unknown', operation }],
  'upstream-misconfigured': [
    'The gateway is not configured for this call; its operators have to act.',
    notExecuted,
  ],
  'upstream-garbled': ['The response of the upstream cannot be trusted.'],
  'upstream-unavailable': [
    'The upstream has failed repeatedly and is called again when it works; nothing was sent.',
    { ...notExecuted, retryAfterSeconds: 5 },
  ],
  'upstream-throttled': [
    'The upstream accepts no more calls for now; nothing was executed.',
    { ...notExecuted, retryAfterSeconds: 12 },
  ],
  overloaded: ['The gateway is overloaded; nothing was executed.', { ...refused, retryAfterSeconds: 1 }],
  'ledger-unavailable': [
    'Writes cannot be recorded at the moment, so nothing was sent. Repeat it later.',
    { ...refused, reason: 'unreachable', retryAfterSeconds: 5 },
  ],
  'outcome-unknown': [
    'The call was sent and no trustworthy response was received. It may or may not have been executed.',
    { outcome: 'unknown', operation },
  ],
};

/** One occurrence of a problem with every member that it can have on a write. */
export function problemExample(slug: ProblemSlug): Record<string, unknown> {
  const [detail, options] = EXAMPLES[slug];
  return problemBody(new ProblemError(slug, detail, options), REQUEST_ID);
}
