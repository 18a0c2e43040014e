import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type GatewayParts } from './app.module.js';
import { Readiness } from './http/health/readiness.js';
import { serveDocuments } from './http/openapi/openapi.serving.js';
import { createServer, SERVER_TIMEOUTS, type ServerTimeouts } from './http/server/fastify.server.js';
import { RequestShedding } from './http/server/overload/request.shedding.js';
import { OverloadWatch } from './http/server/overload/overload.watch.js';
import { RequestsInFlight } from './http/server/requests.in.flight.js';
import { serveLifecycle } from './http/server/request.lifecycle.js';
import { endAdmission } from './http/throttling/admission.end.js';
import { Metrics } from './telemetry/metrics.js';
import { RequestLines } from './telemetry/request.lines.js';

/** Outside the version prefix: what operators, browsers and load balancers use. */
const UNVERSIONED = ['health/{*path}', 'docs/problems', 'docs/problems/:slug', 'metrics', 'webhooks/{*path}'];

/** The whole gateway, ready to listen; main and the tests both use it. */
export async function createGateway(
  parts: GatewayParts,
  timeouts?: ServerTimeouts,
): Promise<NestFastifyApplication> {
  const idleMs = parts.environment.keepAliveTimeoutMs;
  const { adapter, closing, early } = createServer(timeouts ?? { ...SERVER_TIMEOUTS, idleMs });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forParts(parts), adapter, {
    logger: parts.logger,
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: false,
  });
  const server = app.getHttpAdapter().getInstance();
  const metrics = app.get(Metrics);
  metrics.droppedLines(() => parts.logger.droppedLines);
  serveLifecycle(server, {
    early,
    closing,
    shedding: new RequestShedding(app.get(OverloadWatch), metrics),
    readiness: app.get(Readiness),
    metrics,
    inFlight: app.get(RequestsInFlight),
    lines: new RequestLines(parts.logger.pino),
    endAdmission,
  });
  app.setGlobalPrefix('v1', { exclude: UNVERSIONED });
  serveDocuments(app, parts.demoKeys);
  await app.init();
  return app;
}
