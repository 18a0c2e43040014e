import type { FastifyRequest } from 'fastify';

/** What is the same for all requests of one route: Fastify makes an object of its options each time they are read. */
export interface ServedRoute {
  /** The pattern; one path can be spelled in many ways. Undefined where no route matches. */
  readonly pattern: string | undefined;
  /** Of the API, and not of health, metrics or documents. */
  readonly isOfApi: boolean;
  /** The page at /docs and its files. */
  readonly isPage: boolean;
  /** A document that is the same for every caller. */
  readonly isPublicDocument: boolean;
  readonly takesRawBody: boolean;
}

const NO_ROUTE: ServedRoute = {
  pattern: undefined,
  isOfApi: false,
  isPage: false,
  isPublicDocument: false,
  takesRawBody: false,
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any other step of the request; see `servedRouteOf`. */
    servedRoute: ServedRoute | undefined;
  }
}

const known = new WeakMap<object, ServedRoute>();

/** The route of the request, also after it was passed to the handler for unknown routes. */
export function servedRouteOf(request: FastifyRequest): ServedRoute {
  if (request.is404) return NO_ROUTE;
  if (request.servedRoute) return request.servedRoute;
  const { config, url } = request.routeOptions;
  let route = known.get(config);
  if (!route) known.set(config, (route = routeAt(url ?? '', config.rawBodyBytesMax !== undefined)));
  request.servedRoute = route;
  return route;
}

function routeAt(pattern: string, takesRawBody: boolean): ServedRoute {
  const isPage = pattern === '/docs' || pattern.startsWith('/docs/');
  return {
    pattern,
    isOfApi: pattern.startsWith('/v1/'),
    isPage,
    isPublicDocument: isPage || pattern === '/openapi.json' || pattern === '/openapi-3.0.json',
    takesRawBody,
  };
}
