import type { FastifyInstance } from 'fastify';
import { AllowedMethods } from '../server/allowed.methods.js';
import { ProblemError } from './problem.error.js';

/**
 * Tells an unknown path (404) from a wrong method on a known one (405 with `Allow`), before anything else looks at
 * the request.
 */
export function answerUnknownRoutes(server: FastifyInstance): void {
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
