import type { FastifyInstance } from 'fastify';
import { secretFilter } from '../../telemetry/secret.filter.js';

/**
 * Every answer passes the filter, headers too, whoever made it. It has nothing to find: answers are built from fields
 * that we name, and no vendor text or header is passed on but titles, names and descriptions.
 */
export function maskAnswers(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (typeof value !== 'string') continue;
      const masked = secretFilter.text('answer', value);
      if (masked !== value) void reply.header(name, masked);
    }
    // What is no text is a file of /docs, which anyone may read in its package.
    done(null, typeof payload === 'string' ? secretFilter.text('answer', payload) : payload);
  });
}
