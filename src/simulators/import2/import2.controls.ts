import type { FastifyInstance, FastifyReply } from 'fastify';
import type { CountsBeforeRead, MigrationView, Migration, Migrations } from './import2.migrations.js';
import type { StatusGeneration } from './import2.statuses.js';
import { parseTarget, type Webhooks } from './import2.webhooks.js';

/** What `PUT /__quirks` changes. */
export interface Import2Quirks extends MigrationView {
  statusGeneration: StatusGeneration;
  countsBeforeRead: CountsBeforeRead;
}

export interface ControlsOptions {
  readonly migrations: Migrations;
  readonly webhooks: Webhooks;
  readonly quirks: Import2Quirks;
  readonly accepted: AcceptedTokens;
}

/** The valid API tokens. An old and a new one may overlap during a rotation. */
export class AcceptedTokens {
  constructor(public values: ReadonlySet<string>) {}
}

/** Controls: the actions of the customer and of Import2's staff, the quirks and tokens. */
export function controls({ migrations, webhooks, quirks, accepted }: ControlsOptions) {
  return async (server: FastifyInstance): Promise<void> => {
    server.put('/__quirks', ({ body }, reply) => {
      const { statusGeneration, countsBeforeRead } = { ...quirks, ...(body as Record<string, unknown>) };
      if (statusGeneration !== 'v2.1' && statusGeneration !== 'v2') {
        return reply.code(400).send({ error: 'statusGeneration must be v2.1 or v2' });
      }
      if (countsBeforeRead !== 'zero' && countsBeforeRead !== 'absent') {
        return reply.code(400).send({ error: 'countsBeforeRead must be zero or absent' });
      }
      Object.assign(quirks, { statusGeneration, countsBeforeRead });
      return reply.code(204).send();
    });
    server.put('/__token', ({ body }, reply) => {
      const { tokens } = (body ?? {}) as Record<string, unknown>;
      if (!Array.isArray(tokens) || !tokens.every((each) => typeof each === 'string' && each !== '')) {
        return reply.code(400).send({ error: 'tokens must be a list of strings' });
      }
      accepted.values = new Set(tokens);
      return reply.code(204).send();
    });
    server.put('/__webhook', ({ body }, reply) => {
      const target = parseTarget(body);
      if (typeof target === 'string') return reply.code(400).send({ error: target });
      webhooks.target = target;
      return reply.code(204).send();
    });
    migrationControl(server, migrations, 'advance', (migration) => {
      migrations.advance(migration);
      return true;
    });
    migrationControl(server, migrations, 'undo', (migration) => migrations.undo(migration));
    migrationControl(server, migrations, 'cancel', (migration) => {
      migrations.cancel(migration);
      return true;
    });
  };
}

/** Returns the status after the action; 404 for an unknown migration, 409 when the action does not apply. */
function migrationControl(
  server: FastifyInstance,
  migrations: Migrations,
  name: string,
  action: (migration: Migration) => boolean,
): void {
  server.post(`/__migrations/:id/${name}`, ({ params }, reply): FastifyReply => {
    const migration = migrations.find((params as { id: string }).id);
    if (!migration) return reply.code(404).send({ error: 'no such migration' });
    if (!action(migration)) return reply.code(409).send({ error: 'nothing to undo' });
    return reply.send({ id: migration.id, status: migration.status });
  });
}
