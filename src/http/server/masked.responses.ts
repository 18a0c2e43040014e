import type { FastifyInstance } from 'fastify';
import { secretFilter } from '../../telemetry/secret.filter.js';

type HeaderValue = number | string | string[];

/**
 * Masks secrets in every response, headers included, as a second line of defence: responses are built from named fields,
 * and of vendors' text only titles, names and descriptions are passed on. Register it after every hook that sets headers.
 */
export function maskResponses(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value === undefined) continue;
      const masked = maskedHeader(value);
      if (masked === value) continue;
      // Values of set-cookie are added, not replaced.
      reply.removeHeader(name);
      void reply.header(name, masked);
    }
    // Any other payload is a file of /docs, which is published in its package.
    if (typeof payload !== 'string') return done(null, payload);
    const masked = secretFilter.text('answer', payload);
    // A length that was already set includes the secret.
    if (masked !== payload) reply.removeHeader('content-length');
    return done(null, masked);
  });
}

/** Returns the same object when nothing was masked. */
function maskedHeader(value: HeaderValue): HeaderValue {
  if (!Array.isArray(value)) {
    const text = String(value);
    const masked = secretFilter.text('answer', text);
    return masked === text ? value : masked;
  }
  const masked = value.map((each) => secretFilter.text('answer', each));
  return masked.every((each, at) => each === value[at]) ? value : masked;
}
