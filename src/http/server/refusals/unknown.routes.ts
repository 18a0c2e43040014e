import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AllowedMethods } from './allowed.methods.js';
import { ClosestRoute } from './closest.route.js';
import { ProblemError } from '../../problems/problem.error.js';

/** An unknown path is refused with 404 and an unserved method of a known one with 405 and `Allow`. */
export class UnknownRoutes {
  readonly #allowed: AllowedMethods;
  readonly #closest = new ClosestRoute();

  /** Call it before routes are registered. */
  constructor(server: FastifyInstance) {
    this.#allowed = new AllowedMethods(server);
    server.addHook('onRoute', ({ url }) => this.#closest.add(url));
  }

  /** Undefined where there is a route. */
  refusalOf(request: FastifyRequest): ProblemError | undefined {
    if (!request.is404) return undefined;
    const methods = this.#allowed.of(request.url);
    if (methods.length === 0) return this.#notFound(request.url);
    const headers = { allow: methods.join(', ') };
    return new ProblemError('method-not-allowed', `Use one of: ${headers.allow}.`, { headers });
  }

  /** All routes are in the document that every client may read. */
  #notFound(target: string): ProblemError {
    const meant = this.#closest.of(target);
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    return new ProblemError('route-not-found', `There is no such route; see /openapi.json.${hint}`);
  }
}
