import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiHeader } from '../api.decorators.js';
import { callerOf } from '../auth/caller.js';
import { documentingParameter } from '../openapi/documenting.parameter.js';
import { SuccessHeaders } from '../openapi/success.headers.js';
import { type CacheDirectives, FRESH, parseCacheControl } from './cache.directives.js';
import { CacheableRead } from './cacheable.read.js';

/** `kept`: responses are kept in memory. `shared`: requests at the same time share one call of the vendor. */
type Caching = 'kept' | 'shared';

const DESCRIPTIONS: Record<Caching, string> = {
  kept:
    'How old the response may be. `max-age=N`: as old as N seconds, at most as the settings of the tenant allow; it is never ' +
    'older than a grant or revocation of the user whose response was sent before. `no-cache`: the upstream is asked for this request. ' +
    '`no-store`: as well, and the response is not kept. `stale-if-error=N`: when the upstream fails, a response with ' +
    '`granted: true` that is older than `max-age` by at most N seconds. Other directives are ignored. Without the header, the ' +
    'settings of the caller apply; by default the upstream is asked for every request.',
  shared:
    '`max-age=N`: requests at the same time may share one call of the upstream that began at most N seconds before. Other ' +
    'directives are ignored. Without the header, the settings of the caller apply; by default each request is a call of its own.',
};

const AGE = { description: 'Seconds since the upstream was asked; only on a response from memory.' };
const STATUS = {
  description:
    'How the response came about (RFC 9211); only where its age was allowed: `hit` from memory, `collapsed` with another ' +
    'request, or `fwd` with the reason why the upstream was asked.',
};

const HEADERS = {
  kept: { Age: { ...AGE, schema: { type: 'integer', minimum: 0 } } },
  shared: {},
} as const;

const parameter = createParamDecorator((_: unknown, context: ExecutionContext): CacheableRead => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  return new CacheableRead(callerOf(request).tenant, allowedBy(request), http.getResponse<FastifyReply>());
});

/** Parameter decorator: the tenant of the request and how old its response may be. Also documents the headers. */
export function CurrentRead(caching: Caching): ParameterDecorator {
  const document = documentingParameter(
    applyDecorators(
      ApiHeader({
        name: 'Cache-Control',
        required: false,
        description: DESCRIPTIONS[caching],
        schema: { type: 'string', example: 'max-age=30' },
      }),
      SuccessHeaders({ ...HEADERS[caching], 'Cache-Status': { ...STATUS, schema: { type: 'string' } } }),
    ),
  );
  return (target, handler, index) => {
    parameter()(target, handler, index);
    document(target, handler, index);
  };
}

function allowedBy(request: FastifyRequest): CacheDirectives {
  const header = request.headers['cache-control'];
  if (header !== undefined) return parseCacheControl(header);
  const maxAgeSeconds = request.caller?.cache?.maxAgeSeconds;
  return maxAgeSeconds === undefined ? FRESH : { ...FRESH, maxAgeSeconds };
}
