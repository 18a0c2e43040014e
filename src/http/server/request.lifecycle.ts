import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../../telemetry/metrics.js';
import { requestContext } from '../../telemetry/request.context.js';
import type { RequestLines } from '../../telemetry/request.lines.js';
import { refusalOfAmbiguous } from './refusals/ambiguous.requests.js';
import { closeConnectionWhenDraining } from './connection.drain.js';
import { tagDocument } from './document.etags.js';
import type { EarlyResponses } from './refusals/early.responses.js';
import type { LingeringClose } from './refusals/lingering.close.js';
import { maskResponse } from './masked.responses.js';
import type { RequestShedding } from './overload/request.shedding.js';
import type { RequestsInFlight } from './requests.in.flight.js';
import { createRequestContext } from './request.context.creation.js';
import { logRequest } from './request.log.js';
import { measureRequest } from './request.metrics.js';
import { servedRouteOf } from './served.route.js';
import { setSecurityHeaders } from './security.headers.js';
import { UnknownRoutes } from './refusals/unknown.routes.js';
import { startPaced } from './write.pacing.js';

const HUNG_UP = 'the caller hung up';

export interface LifecycleParts {
  readonly early: EarlyResponses;
  readonly closing: LingeringClose;
  readonly shedding: RequestShedding;
  readonly readiness: { readonly isDraining: boolean };
  readonly metrics: Metrics;
  readonly inFlight: RequestsInFlight;
  readonly lines: RequestLines;
  /** Sets the headers of rate limits and frees the place of the caller, once a response is ready. */
  readonly endAdmission: (request: FastifyRequest, reply: FastifyReply) => void;
}

/**
 * What happens to every request before and after its route, in this order. One hook per phase: Fastify pays for each hook
 * on each request. Call it before routes are registered.
 */
export function serveLifecycle(server: FastifyInstance, parts: LifecycleParts): void {
  for (const name of ['gatewayContext', 'servedRoute', 'caller', 'place'] as const)
    server.decorateRequest(name);
  const unknown = new UnknownRoutes(server);

  const admit = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void => {
    if (parts.shedding.refuses(request, reply)) return;
    const refusal = refusalOfAmbiguous(request, reply, parts.closing) ?? unknown.refusalOf(request);
    if (refusal) return done(refusal);
    startPaced(request, done);
  };
  // Neither 'finish' nor 'error' is emitted for the response to a client that is gone, so `onResponse` does not run.
  const onHungUp = (request: FastifyRequest, reply: FastifyReply): void => {
    logRequest(parts.lines, request, reply, HUNG_UP);
    parts.metrics.hungUp(servedRouteOf(request).pattern ?? 'none');
  };
  server.addHook('onRequest', (request, reply, done) => {
    if (parts.early.drops(request, reply)) return;
    parts.inFlight.begin(request.raw.socket, reply.raw);
    setSecurityHeaders(request, reply);
    requestContext.run(createRequestContext(request, reply, onHungUp), admit, request, reply, done);
  });

  server.addHook('onSend', (request, reply, payload, done) => {
    parts.early.settle(request, reply, () => {
      parts.endAdmission(request, reply);
      const masked = maskResponse(reply, payload);
      closeConnectionWhenDraining(parts.readiness, reply);
      if (request.gatewayContext?.hungUp?.aborted) onHungUp(request, reply);
      done(null, tagDocument(request, reply, masked));
    });
  });

  server.addHook('onResponse', (request, reply, done) => {
    logRequest(parts.lines, request, reply);
    measureRequest(parts.metrics, request, reply);
    done();
  });
}
