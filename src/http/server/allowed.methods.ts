import type { FastifyInstance } from 'fastify';

/** Remembers the routes as they are registered, to tell an unknown path from a wrong method. */
export class AllowedMethods {
  readonly #routes: { segments: readonly string[]; method: string }[] = [];

  constructor(server: FastifyInstance) {
    server.addHook('onRoute', ({ url, method }) => {
      for (const each of [method].flat()) this.#routes.push({ segments: segmentsOf(url), method: each });
    });
  }

  /** Methods that exist for a path, sorted; empty when the path is unknown. */
  of(path: string): readonly string[] {
    const segments = segmentsOf(path.split('?')[0] ?? '');
    const methods = this.#routes
      .filter((route) => matches(route.segments, segments))
      .map(({ method }) => method);
    return [...new Set(methods)].toSorted();
  }
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/');
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.some((part) => part.includes('*'))) return false;
  return (
    pattern.length === path.length &&
    pattern.every((part, index) => part.startsWith(':') || part === path[index])
  );
}
