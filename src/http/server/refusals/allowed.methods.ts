import type { FastifyInstance } from 'fastify';
import FindMyWay, { type HTTPMethod } from 'find-my-way';

/** A parameter that is too long for its handler still matches its route: 400 from its pipe rather than 404. */
const ANY_LENGTH = Number.MAX_SAFE_INTEGER;

/** For any other target, `*` for example, the router treats the first character as a slash; Nest serves none of them. */
const ORIGIN_OR_ABSOLUTE = /^(\/|https?:\/\/)/i;

/**
 * Records every route, to distinguish an unknown path from an unserved method. Uses the router of Fastify itself, so that
 * both parse a target (percent-encoded, absolute, with a query) alike.
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

  /** Methods served for a request target, sorted; empty when its path is unknown or cannot be decoded. */
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
