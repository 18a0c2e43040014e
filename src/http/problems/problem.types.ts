/**
 * Every problem, by slug. `type` in the response is `/docs/problems/<slug>`, a page that this gateway serves. To add a
 * problem, add a row here and its advice in `problem.advice.ts`.
 */
export const PROBLEMS = {
  'validation-failed': { status: 400, title: 'The request is not valid' },
  'idempotency-key-missing': { status: 400, title: 'A valid Idempotency-Key is needed' },
  unauthenticated: { status: 401, title: 'No valid key' },
  forbidden: { status: 403, title: 'Not allowed' },
  'route-not-found': { status: 404, title: 'No such route' },
  'user-not-found': { status: 404, title: 'No such user' },
  'product-not-found': { status: 404, title: 'No such product' },
  'voucher-group-not-found': { status: 404, title: 'No such voucher group' },
  'voucher-not-found': { status: 404, title: 'No such voucher' },
  'migration-not-found': { status: 404, title: 'No such migration' },
  'operation-not-found': { status: 404, title: 'No such operation' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'request-timeout': { status: 408, title: 'The request arrived too slowly' },
  'voucher-unavailable': { status: 409, title: 'Not enough vouchers left' },
  'operation-in-progress': { status: 409, title: 'The operation is still running' },
  'operation-already-decided': { status: 409, title: 'The operation has been decided already' },
  'migration-taken': { status: 409, title: 'The migration belongs to another operation' },
  'probe-refused': { status: 409, title: 'A probe is not possible' },
  'answer-lost': { status: 410, title: 'Executed, but the response is lost' },
  'operation-changed': { status: 412, title: 'The operation has changed since it was read' },
  'payload-too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not application/json' },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key belongs to another request' },
  'upstream-rejected': { status: 422, title: 'The upstream rejected the content of the request' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'internal-error': { status: 500, title: 'Internal error of the gateway' },
  'upstream-misconfigured': {
    status: 502,
    title: 'The upstream refuses the credentials or rights of the gateway',
  },
  'upstream-garbled': { status: 502, title: 'The upstream response cannot be read' },
  'upstream-unavailable': { status: 503, title: 'The upstream is not available' },
  'upstream-throttled': { status: 503, title: 'The upstream is at its limit' },
  overloaded: { status: 503, title: 'The gateway is overloaded' },
  'ledger-unavailable': { status: 503, title: 'Writes cannot be recorded now' },
  'outcome-unknown': { status: 504, title: 'The outcome is not known' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemSlug = keyof typeof PROBLEMS;
