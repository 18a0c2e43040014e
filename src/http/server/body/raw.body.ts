import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Limit in bytes; set where the handler takes the body unparsed. */
    rawBodyBytesMax?: number;
  }
}

/** For a handler that verifies a signature over the bytes: the body is read, but not parsed. */
export function TakesRawBody(bytesMax: number): MethodDecorator {
  return RouteConfig({ rawBodyBytesMax: bytesMax } satisfies FastifyContextConfig);
}

/**
 * Sets the limit of those routes, and serves them with a trailing slash too: their URLs are entered by hand at the sender.
 * Call it before routes are registered.
 */
export function serveRawBodies(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    const bytesMax = route.config?.rawBodyBytesMax;
    if (bytesMax === undefined) return;
    route.bodyLimit = bytesMax;
    if (!route.url.endsWith('/')) server.route({ ...route, url: `${route.url}/` });
  });
}

export function takesRawBody({ is404, routeOptions }: FastifyRequest): boolean {
  return !is404 && routeOptions.config.rawBodyBytesMax !== undefined;
}

/** The bytes of the body, empty without one. Only on routes with `@TakesRawBody`. */
export function rawBodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
