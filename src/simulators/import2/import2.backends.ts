import type { Truth } from '../simulator.js';
import {
  createdObject,
  importObject,
  type Look,
  type Migration,
  type Migrations,
} from './import2.migrations.js';
import type { ImportRequest } from './import2.request.js';
import { SANDBOX } from './import2.sandbox.js';

/** What stands behind the endpoints; `undefined` and false mean that there is no such migration. */
export interface Backend {
  create(request: ImportRequest): unknown;
  list(username: string): unknown[];
  get(id: string): unknown;
  decidePayment(id: string, decision: 'accept' | 'reject'): boolean;
}

/**
 * Real migrations. A payment decision is taken in any status and repeated ones are taken again, the last one counts:
 * the sources list no refusal for it (Import2 E2).
 */
export function statefulBackend(migrations: Migrations, truth: Truth, look: () => Look): Backend {
  const shown = (migration: Migration): unknown => importObject(migration, look());
  return {
    create(request) {
      const migration = migrations.create(request);
      const { id, destinationUsername } = migration;
      truth.record('imports_create', {
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
      truth.record(`payment_${decision}`, { migrationId: id });
      return true;
    },
  };
}

/** Creates and changes nothing (Import2 E1). */
export const sandboxBackend: Backend = {
  create: () => SANDBOX.created,
  list: () => SANDBOX.list,
  get: () => SANDBOX.one,
  decidePayment: () => true,
};
