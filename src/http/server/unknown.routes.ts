import type { FastifyInstance } from 'fastify';
import { AllowedMethods } from './allowed.methods.js';
import { ProblemError } from '../problems/problem.error.js';

/**
 * Refuses an unknown path with 404 and an unserved method of a known one with 405 and `Allow`, before the body is read
 * and before any guard runs.
 */
export function refuseUnknownRoutes(server: FastifyInstance): void {
  const allowed = new AllowedMethods(server);
  server.addHook('preParsing', (request, _reply, _payload, done) => {
    if (!request.is404) return done();
    const methods = allowed.of(request.url);
    if (methods.length === 0)
      return done(new ProblemError('route-not-found', 'There is no such route; see /openapi.json.'));
    const headers = { allow: methods.join(', ') };
    return done(new ProblemError('method-not-allowed', `Use one of: ${headers.allow}.`, { headers }));
  });
}
