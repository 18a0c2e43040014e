import {
  MIGRATION_ID_LENGTH_MAX,
  type Migration,
  type MigratedUsers,
  type MigrationTool,
  type NewMigration,
  type StartedMigration,
} from './import2.types.js';
import { isLoopback } from '../../config/base.url.js';
import { listOf, objectOf } from '../transport/response/json.body.js';
import { UnreadableError } from '../transport/response/unreadable.error.js';
import { statusOf } from './import2.status.js';

/** Characters of a name, label or status. The vendor's longest has 33. */
const TEXT_LENGTH_MAX = 200;
/** Characters; the limit of common browsers and proxies. */
const URL_LENGTH_MAX = 2_048;
/** A tool has a few dozen item types. */
const ITEM_TYPES_MAX = 200;

/** No vendor string contains one, and terminals execute them. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** The body of POST /imports in the vendor's spelling (Import2 E2). Undefined fields are left out. */
export function newImportBody(migration: NewMigration): string {
  return JSON.stringify({
    source_tool: migration.sourceTool,
    destination_instance_url: migration.destinationInstanceUrl,
    destination_username: migration.destinationUsername,
    destination_token: migration.destinationToken?.reveal(),
    start_full: migration.startFull,
  });
}

export function readTools(body: unknown): readonly MigrationTool[] {
  return listOf(body, 'tools').map((each) => {
    const tool = objectOf(each, 'tool');
    const name = textOf(tool['name'], 'tool name');
    return { name, label: tool['label'] == null ? name : textOf(tool['label'], 'tool label') };
  });
}

/** Leaves `token` unread: it gives access to the customer's migration, and nothing here needs it (Import2 E3). */
export function readStarted(body: unknown): StartedMigration {
  const started = objectOf(body, 'response');
  return { id: idOf(started['id']), redirectUrl: redirectOf(started['redirect_url']) };
}

export function readMigrations(body: unknown): readonly Migration[] {
  return listOf(body, 'imports').map(readMigration);
}

export function readMigration(body: unknown): Migration {
  const { id, status, items, users } = objectOf(body, 'import');
  const upstreamStatus = status == null ? null : textOf(status, 'status');
  return {
    id: idOf(id),
    status: statusOf(upstreamStatus),
    upstreamStatus,
    items: items == null ? null : itemsOf(items),
    users: users == null ? null : usersOf(users),
  };
}

function itemsOf(value: unknown): Readonly<Record<string, number>> {
  const entries = Object.entries(objectOf(value, 'items'));
  if (entries.length > ITEM_TYPES_MAX) throw new UnreadableError('items: too many types');
  // fromEntries defines own properties, so a type named `__proto__` is harmless.
  return Object.fromEntries(
    entries.map(([type, count]) => [textOf(type, 'item type'), countOf(count, 'item count')]),
  );
}

export function usersOf(value: unknown): MigratedUsers {
  const users = objectOf(value, 'users');
  const count = (key: string) => (users[key] == null ? null : countOf(users[key], 'user count'));
  return {
    sourceTool: count('source_tool'),
    destinationTool: count('destination_tool'),
    matched: count('matched'),
  };
}

export function textOf(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '' || value.length > TEXT_LENGTH_MAX) {
    throw new UnreadableError(place);
  }
  if (CONTROL.test(value) || !value.isWellFormed()) throw new UnreadableError(place);
  return value;
}

function countOf(value: unknown, place: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new UnreadableError(place);
  return value as number;
}

/** An opaque string, even when it looks like a number (Import2 E3), of characters that are safe in a path. */
export function idOf(value: unknown): string {
  if (typeof value !== 'string' || value.length > MIGRATION_ID_LENGTH_MAX) throw new UnreadableError('id');
  if (!/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(value)) throw new UnreadableError('id');
  return value;
}

/** Customers are redirected there: https, or http on loopback for the simulator. */
function redirectOf(value: unknown): string {
  // The URL parser accepts blanks and line feeds; a client that gets the URL may not.
  if (typeof value !== 'string' || value.length > URL_LENGTH_MAX || !/^[\x21-\x7e]+$/.test(value)) {
    throw new UnreadableError('redirect_url');
  }
  if (!URL.canParse(value)) throw new UnreadableError('redirect_url');
  const { protocol, hostname } = new URL(value);
  const safe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
  if (!safe) throw new UnreadableError('redirect_url');
  return value;
}
