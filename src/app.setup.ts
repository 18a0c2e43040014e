import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type GatewayParts } from './app.module.js';
import { Readiness } from './http/health/readiness.js';
import { serveDocument } from './http/openapi/openapi.document.js';
import { refuseAmbiguousRequests } from './http/server/ambiguous.requests.js';
import { closeConnectionsWhenDraining } from './http/server/connection.drain.js';
import { createServer, SERVER_TIMEOUTS, type ServerTimeouts } from './http/server/fastify.server.js';
import { maskResponses } from './http/server/masked.responses.js';
import { tagPublicDocuments } from './http/server/document.etags.js';
import { shedRequests } from './http/server/overload/overload.hook.js';
import { OverloadWatch } from './http/server/overload/overload.watch.js';
import { createRequestContexts } from './http/server/request.context.hook.js';
import { logRequests } from './http/server/request.log.js';
import { measureRequests } from './http/server/request.metrics.js';
import { setSecurityHeaders } from './http/server/response.headers.js';
import { refuseUnknownRoutes } from './http/server/unknown.routes.js';
import { reportRateLimits } from './http/throttling/rate.limit.hook.js';
import { Metrics } from './telemetry/metrics.js';

/** Outside the version prefix: what operators, browsers and load balancers use. */
const UNVERSIONED = ['health/{*path}', 'docs/problems', 'docs/problems/:slug', 'metrics', 'webhooks/{*path}'];

/** The whole gateway, ready to listen; main and the tests both use it. */
export async function createGateway(
  parts: GatewayParts,
  timeouts?: ServerTimeouts,
): Promise<NestFastifyApplication> {
  const idleMs = parts.environment.keepAliveTimeoutMs;
  const { adapter, closing } = createServer(timeouts ?? { ...SERVER_TIMEOUTS, idleMs });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forParts(parts), adapter, {
    logger: parts.logger,
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: false,
  });
  const server = app.getHttpAdapter().getInstance();
  setSecurityHeaders(server);
  reportRateLimits(server);
  maskResponses(server);
  createRequestContexts(server);
  logRequests(server, parts.logger.pino);
  measureRequests(server, app.get(Metrics));
  app.get(Metrics).droppedLines(() => parts.logger.droppedLines);
  shedRequests(server, app.get(OverloadWatch), app.get(Metrics));
  closeConnectionsWhenDraining(server, app.get(Readiness));
  refuseAmbiguousRequests(server, closing);
  tagPublicDocuments(server);
  refuseUnknownRoutes(server);
  app.setGlobalPrefix('v1', { exclude: UNVERSIONED });
  serveDocument(app);
  await app.init();
  return app;
}
