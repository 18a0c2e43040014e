import type { FastifyInstance } from 'fastify';
import { findClient } from './spid.clients.js';
import type { Limits } from './spid.limits.js';
import type { Quirks } from './spid.quirks.js';
import type { Tokens } from './spid.tokens.js';

/** A day; longer periods are not seen (facts A6). */
const periodSecondsMax = 86_400;

/** What only a simulator has: trouble with tokens, a real rate limit, and the choice among the vendor's quirks. */
export function addControls(server: FastifyInstance, tokens: Tokens, limits: Limits, quirks: Quirks): void {
  server.post('/__tokens/expire', (_request, reply) => {
    tokens.expireAll();
    return reply.code(204).send();
  });
  server.post('/__tokens/revoke', (_request, reply) => {
    tokens.revokeAll();
    return reply.code(204).send();
  });
  server.put('/__limits', (request, reply) => {
    const refusal = setLimit(limits, request.body);
    return refusal ? reply.code(400).send({ error: refusal }) : reply.code(204).send();
  });
  server.get('/__quirks', () => quirks.values);
  server.put('/__quirks', (request, reply) => {
    const refusal = quirks.merge(request.body);
    return refusal ? reply.code(400).send({ error: refusal }) : reply.send(quirks.values);
  });
  server.delete('/__quirks', (_request, reply) => {
    quirks.reset();
    return reply.code(204).send();
  });
}

/** `{clientId?, limit, periodSeconds}`; limit 0 lifts the limit. Answers what is wrong. */
function setLimit(limits: Limits, body: unknown): string | undefined {
  const { clientId, limit, periodSeconds } = (body ?? {}) as Record<string, unknown>;
  if (clientId !== undefined && (typeof clientId !== 'string' || !findClient(clientId)))
    return 'unknown client';
  if (!isWhole(limit) || limit < 0) return 'limit must be a whole number of calls';
  if (!isWhole(periodSeconds) || periodSeconds < 1 || periodSeconds > periodSecondsMax) {
    return `periodSeconds must be between 1 and ${periodSecondsMax}`;
  }
  limits.set(clientId, limit, periodSeconds);
  return undefined;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
