import type { FastifyInstance } from 'fastify';
import { secretFilter } from '../../telemetry/secret.filter.js';

type HeaderValue = number | string | string[];

/**
 * Every answer passes the filter, headers too, whoever made it. It has nothing to find: answers are built from fields
 * that we name, and no vendor text or header is passed on but titles, names and descriptions. Register it after every
 * other hook that sets headers.
 */
export function maskAnswers(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value === undefined) continue;
      const masked = maskedHeader(value);
      if (masked === value) continue;
      // Values of set-cookie are added, not replaced.
      reply.removeHeader(name);
      void reply.header(name, masked);
    }
    // What is no text is a file of /docs, which anyone may read in its package.
    if (typeof payload !== 'string') return done(null, payload);
    const masked = secretFilter.text('answer', payload);
    // A length set before is that of the text with the secret.
    if (masked !== payload) reply.removeHeader('content-length');
    return done(null, masked);
  });
}

/** Without a hit, the very value. */
function maskedHeader(value: HeaderValue): HeaderValue {
  if (!Array.isArray(value)) {
    const text = String(value);
    const masked = secretFilter.text('answer', text);
    return masked === text ? value : masked;
  }
  const masked = value.map((each) => secretFilter.text('answer', each));
  return masked.every((each, at) => each === value[at]) ? value : masked;
}
