import type { FastifyInstance } from 'fastify';
import { randomUUID } from 'node:crypto';
import { isWhole } from '../whole.number.js';
import { type ClientSecrets, findClient } from './spid.client.registry.js';
import type { Limits } from './spid.limits.js';
import type { SpidQuirks } from './spid.quirks.js';
import type { SpidState } from './spid.state.js';
import type { Tokens } from './oauth/spid.tokens.js';

/** A day; no longer period is known (SPiD A6). */
const periodSecondsMax = 86_400;

/** Far more than a simulator can handle in a second. */
const limitMax = 1_000_000;

/** The parts that the controls change. */
export interface Controlled {
  readonly tokens: Tokens;
  readonly secrets: ClientSecrets;
  readonly limits: Limits;
  readonly quirks: SpidQuirks;
  readonly state: SpidState;
}

/** Controls: new users, token expiry and secrets, a real rate limit, the quirks. */
export function addControls(server: FastifyInstance, controlled: Controlled): void {
  const { tokens, secrets, limits, quirks, state } = controlled;
  server.post('/__users', (_request, reply) => {
    const user = { id: state.nextId(), uuid: randomUUID(), verified: true };
    state.addUser(user);
    return reply.code(201).send({ userId: user.id, uuid: user.uuid });
  });
  server.post('/__tokens/expire', (_request, reply) => {
    tokens.expireAll();
    return reply.code(204).send();
  });
  server.post('/__tokens/revoke', (_request, reply) => {
    tokens.revokeAll();
    return reply.code(204).send();
  });
  server.put('/__clients', (request, reply) => {
    const refusal = setSecrets(secrets, request.body);
    return refusal ? reply.code(400).send({ error: refusal }) : reply.code(204).send();
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

/** `{clientId, clientSecrets}` replaces the secrets of the client. Returns an error message, if any. */
function setSecrets(secrets: ClientSecrets, body: unknown): string | undefined {
  const { clientId, clientSecrets } = (body ?? {}) as Record<string, unknown>;
  const client = typeof clientId === 'string' ? findClient(clientId) : undefined;
  if (!client) return 'unknown client';
  if (
    !Array.isArray(clientSecrets) ||
    !clientSecrets.every((each) => typeof each === 'string' && each !== '')
  ) {
    return 'clientSecrets must be a list of strings';
  }
  secrets.replace(client, clientSecrets);
  return undefined;
}

/** `{clientId?, limit, periodSeconds}`; 0 removes the limit. Returns an error message, if any. */
function setLimit(limits: Limits, body: unknown): string | undefined {
  const { clientId, limit, periodSeconds } = (body ?? {}) as Record<string, unknown>;
  if (clientId !== undefined && (typeof clientId !== 'string' || !findClient(clientId)))
    return 'unknown client';
  if (!isWhole(limit, 0, limitMax)) {
    return `limit must be a whole number of calls from 0 to ${limitMax}`;
  }
  if (!isWhole(periodSeconds, 1, periodSecondsMax)) {
    return `periodSeconds must be a whole number from 1 to ${periodSecondsMax}`;
  }
  limits.set(clientId, limit, periodSeconds);
  return undefined;
}
