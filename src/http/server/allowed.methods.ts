import type { FastifyInstance } from 'fastify';
import FindMyWay, { type HTTPMethod } from 'find-my-way';

/** A path with a part that is too long for any handler exists all the same. */
const ANY_LENGTH = Number.MAX_SAFE_INTEGER;

/** The router takes the first character of any other target, `*` for example, for a slash; Nest serves none of them. */
const ORIGIN_OR_ABSOLUTE = /^(\/|https?:\/\/)/i;

/**
 * Knows every route as it is registered, to distinguish an unknown path from a wrong method. It asks the router that Fastify
 * itself uses, so that both read a target (percent-encoded, absolute, with a query) in one way.
 */
export class AllowedMethods {
  readonly #router = FindMyWay({ maxParamLength: ANY_LENGTH });
  readonly #methods = new Set<HTTPMethod>();

  constructor(server: FastifyInstance) {
    server.addHook('onRoute', ({ url, method }) => {
      for (const each of [method].flat() as HTTPMethod[]) {
        this.#methods.add(each);
        if (!this.#router.hasRoute(each, url)) this.#router.on(each, url, () => undefined);
      }
    });
  }

  /** Methods that exist for a request target, sorted; empty when its path is unknown or cannot be read. */
  of(target: string): readonly string[] {
    if (!ORIGIN_OR_ABSOLUTE.test(target)) return [];
    return [...this.#methods].filter((method) => this.#has(method, target)).toSorted();
  }

  /** Nest serves no route whose parameter is empty. */
  #has(method: HTTPMethod, target: string): boolean {
    const found = this.#router.find(method, target);
    return (
      found !== null && Object.entries(found.params).every(([name, value]) => name === '*' || value !== '')
    );
  }
}
