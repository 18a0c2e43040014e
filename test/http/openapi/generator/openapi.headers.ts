import type { OpenAPIObject } from '@nestjs/swagger';
import { REPLAYED } from '../../../../src/http/idempotency/repeat.problems.js';
import { RATE_LIMIT, RATE_LIMIT_POLICY } from '../../../../src/http/throttling/rate.limit.headers.js';
import { type OpenApiOperation, operationsOf } from './openapi.operations.js';

type Headers = NonNullable<NonNullable<OpenAPIObject['components']>['headers']>;

const HEADERS = {
  'X-Request-Id': {
    description: 'Id of the request: the one that it had in its own `X-Request-Id`, or a new one.',
    schema: { type: 'string', example: '7f1f7e5c-3d1b-4a53-9d8e-0f6d5a5b9b1e' },
  },
  [RATE_LIMIT]: {
    description: 'What is left of each limit that binds the request, and the seconds until it is renewed.',
    schema: { type: 'string', example: '"caller";r=49;t=1' },
  },
  [RATE_LIMIT_POLICY]: {
    description: 'The limits that bind the request, of the caller and of the upstream.',
    schema: { type: 'string', example: '"caller";q=50;w=1' },
  },
  [REPLAYED]: {
    description:
      '`true` on a response that belongs to an earlier request with the same key; absent otherwise.',
    schema: { type: 'boolean', example: true },
  },
  'Retry-After': {
    description: 'Seconds to wait before the request is repeated, where that can help.',
    schema: { type: 'integer', format: 'int64', example: 5 },
  },
  'WWW-Authenticate': {
    description: 'How to authenticate.',
    schema: { type: 'string', example: 'Bearer realm="tollgate"' },
  },
  Allow: {
    description: 'With 405: the methods of the path.',
    schema: { type: 'string', example: 'GET, HEAD, PUT, DELETE' },
  },
} as const satisfies Headers;

type HeaderName = keyof typeof HEADERS;

/** Statuses of problems that can be stored for a key, or that wait for the outcome of its first request. */
const MAY_BE_REPLAYED: readonly HeaderName[] = [REPLAYED];

const OF_PROBLEM: Readonly<Record<string, readonly HeaderName[]>> = {
  '401': ['WWW-Authenticate'],
  '404': MAY_BE_REPLAYED,
  '409': ['Retry-After', ...MAY_BE_REPLAYED],
  '410': MAY_BE_REPLAYED,
  '422': MAY_BE_REPLAYED,
  '429': ['Retry-After', RATE_LIMIT, RATE_LIMIT_POLICY],
  '503': ['Retry-After', RATE_LIMIT, RATE_LIMIT_POLICY],
  '504': MAY_BE_REPLAYED,
  '4XX': ['Allow'],
};

/** The headers of a problem with a status. */
export function headersOfProblem(status: string): Headers {
  return referencesTo(['X-Request-Id', ...(OF_PROBLEM[status] ?? [])]);
}

/** Adds to every success the headers that do not depend on its handler, and describes all of them once. */
export function withResponseHeaders(document: OpenAPIObject): OpenAPIObject {
  for (const operation of operationsOf(document)) {
    const names = headersOfSuccess(operation);
    for (const [status, response] of Object.entries(operation.responses)) {
      if (!status.startsWith('2')) continue;
      const described = response as { headers?: Headers };
      described.headers = { ...described.headers, ...referencesTo(names) };
    }
  }
  document.components = { ...document.components, headers: { ...HEADERS } };
  return document;
}

function headersOfSuccess({ security, parameters = [] }: OpenApiOperation): HeaderName[] {
  const isLimited = Array.isArray(security) && security.length > 0;
  const isKeyed = parameters.some((each) => 'name' in each && each.name === 'Idempotency-Key');
  return [
    'X-Request-Id',
    ...(isLimited ? ([RATE_LIMIT, RATE_LIMIT_POLICY] as const) : []),
    ...(isKeyed ? ([REPLAYED] as const) : []),
  ];
}

function referencesTo(names: readonly HeaderName[]): Headers {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
