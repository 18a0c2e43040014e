import type { EffectLog } from '../simulator.js';
import {
  createdObject,
  importObject,
  type MigrationView,
  type Migration,
  type Migrations,
} from './import2.migrations.js';
import type { ImportRequest } from './import2.request.js';
import { SANDBOX } from './import2.sandbox.js';

/** The implementation of the endpoints. `undefined` and false mean that there is no such migration. */
export interface Backend {
  create(request: ImportRequest): unknown;
  list(username: string): unknown[];
  get(id: string): unknown;
  decidePayment(id: string, decision: 'accept' | 'reject'): boolean;
}

/**
 * Migrations with state. A payment decision is accepted in any status and repeatedly, and the last one counts: no error
 * is documented for it (Import2 G23).
 */
export function statefulBackend(
  migrations: Migrations,
  effects: EffectLog,
  view: () => MigrationView,
): Backend {
  const shown = (migration: Migration): unknown => importObject(migration, view());
  return {
    create(request) {
      const migration = migrations.create(request);
      const { id, destinationUsername } = migration;
      effects.record('imports_create', {
        migrationId: id,
        ...(destinationUsername === undefined ? {} : { destinationUsername }),
      });
      return createdObject(migration);
    },
    list: (username) => migrations.findByUsername(username).map(shown),
    get(id) {
      const migration = migrations.find(id);
      return migration && shown(migration);
    },
    decidePayment(id, decision) {
      const migration = migrations.find(id);
      if (!migration) return false;
      migration.paid = decision === 'accept';
      effects.record(`payment_${decision}`, { migrationId: id });
      return true;
    },
  };
}

/** Without state: creates and changes nothing (Import2 E1). */
export const sandboxBackend: Backend = {
  create: () => SANDBOX.created,
  list: () => SANDBOX.list,
  get: () => SANDBOX.one,
  decidePayment: () => true,
};
