import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type GatewayParts } from './app.module.js';
import { createDocument, serveDocument } from './http/openapi/openapi.document.js';
import { answerUnknownRoutes } from './http/problems/unknown.routes.js';
import { acceptJsonOnly, createAdapter } from './http/server/fastify.server.js';
import { logRequests } from './http/server/request.log.js';

/** Outside the version prefix: what operators, browsers and load balancers use. */
const UNVERSIONED = ['health/{*path}', 'docs/problems', 'docs/problems/:slug', 'metrics', 'webhooks/{*path}'];

/** The whole gateway, ready to listen; main and the tests both use it. */
export async function createGateway(parts: GatewayParts): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forParts(parts), createAdapter(), {
    logger: parts.logger,
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: false,
  });
  const server = app.getHttpAdapter().getInstance();
  acceptJsonOnly(server);
  logRequests(server, parts.logger.pino);
  answerUnknownRoutes(server);
  app.setGlobalPrefix('v1', { exclude: UNVERSIONED });
  serveDocument(app, createDocument(app));
  await app.init();
  return app;
}
