import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AllowedMethods } from './allowed.methods.js';
import { ProblemError } from '../../problems/problem.error.js';

/** An unknown path is refused with 404 and an unserved method of a known one with 405 and `Allow`. */
export class UnknownRoutes {
  readonly #allowed: AllowedMethods;

  /** Call it before routes are registered. */
  constructor(server: FastifyInstance) {
    this.#allowed = new AllowedMethods(server);
  }

  /** Undefined where there is a route. */
  refusalOf(request: FastifyRequest): ProblemError | undefined {
    if (!request.is404) return undefined;
    const methods = this.#allowed.of(request.url);
    if (methods.length === 0)
      return new ProblemError('route-not-found', 'There is no such route; see /openapi.json.');
    const headers = { allow: methods.join(', ') };
    return new ProblemError('method-not-allowed', `Use one of: ${headers.allow}.`, { headers });
  }
}
