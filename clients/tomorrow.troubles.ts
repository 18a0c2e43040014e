/** A request on its way to the gateway. */
export interface Forwarded {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Longer than any caller waits. */
const HOURS_SECONDS = 3_600;

/** One byte more than the gateway takes. */
const TOO_LARGE_BYTES = 1024 * 1024 + 1;

/** What the gateway refuses and no generated client sends by itself. */
const DAMAGES = {
  'other-route': (request: Forwarded) => ({ ...request, path: '/v1/nowhere' }),
  'other-method': (request: Forwarded) => ({ ...request, method: 'DELETE' }),
  'too-large': (request: Forwarded) => ({ ...request, body: Buffer.alloc(TOO_LARGE_BYTES, ' ') }),
  'not-json': (request: Forwarded) => ({
    ...request,
    headers: { ...request.headers, 'content-type': 'text/plain' },
  }),
};

/** Responses in place of the gateway's. */
const REPLACEMENTS = {
  'html-502': {
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>',
  },
  'internal-error': problem(500, 'internal-error'),
  // The shortest wait that a gateway asks for.
  overloaded: problem(503, 'overloaded', 1),
  'overloaded-for-hours': problem(503, 'overloaded', HOURS_SECONDS),
  'limited-for-hours': problem(429, 'rate-limited', HOURS_SECONDS),
};

/**
 * What becomes of a request: it is damaged, gets another response, or is executed without a response; the connection is cut
 * at once then, or held until the client leaves.
 */
export type Trouble = keyof typeof DAMAGES | keyof typeof REPLACEMENTS | 'cut' | 'held';

export function damaged(request: Forwarded, trouble: Trouble | undefined): Forwarded {
  return trouble !== undefined && trouble in DAMAGES
    ? DAMAGES[trouble as keyof typeof DAMAGES](request)
    : request;
}

export function replacementFor(trouble: Trouble | undefined) {
  return trouble !== undefined && trouble in REPLACEMENTS
    ? REPLACEMENTS[trouble as keyof typeof REPLACEMENTS]
    : undefined;
}

function problem(status: number, code: string, retryAfterSeconds?: number) {
  const wait = retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) };
  const body = {
    type: `/docs/problems/${code}`,
    code,
    title: 'Played by the proxy',
    status,
    detail: 'Nothing was executed.',
    instance: `urn:tollgate:request:${code}`,
    outcome: 'not_executed',
    retryAfterSeconds,
  };
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...wait },
    body: JSON.stringify(body),
  };
}
