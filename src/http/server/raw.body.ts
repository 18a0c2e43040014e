import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler gets the bytes of the body as they came, at most so many. */
    rawBodyBytesMax?: number;
  }
}

/** For a handler that has to see the very bytes that were signed: the body is read, but not parsed. */
export function TakesRawBody(bytesMax: number): MethodDecorator {
  return RouteConfig({ rawBodyBytesMax: bytesMax } satisfies FastifyContextConfig);
}

/**
 * Gives those routes their own limit, and serves them with a slash at the end too: the sender's staff enters the
 * address by hand. Call it before routes are registered.
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

/** The bytes as they came; none when there was no body. Only on routes with `@TakesRawBody`. */
export function rawBodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}
