import type { StoreAddress } from '../../config/environment/store.address.js';
import { StartRefusedError } from '../../config/errors/start.refused.error.js';
import { reasonOfTlsError } from '../../config/errors/tls.errors.js';
import { ConnectionFailedError, messageOf, SchemaTooNewError } from './database.errors.js';
import { failureOf, sqlStateOf } from './database.failure.js';
import type { DatabaseTrouble } from './database.status.js';

/** What happened, and what to do about it. */
type Words = readonly [reason: string, remedy: string];

/**
 * Why a PostgreSQL that refuses the gateway stops the start.
 * @returns the error as it is when it does not come from the database
 */
export function startRefusalOf(error: unknown, address: StoreAddress): unknown {
  if (error instanceof SchemaTooNewError) {
    return refuse(error, `DATABASE_URL: at ${address.server}, ${error.message}`);
  }
  const root = error instanceof ConnectionFailedError ? error.cause : error;
  const words = wordsOfDriver(root, address) ?? wordsOfServer(root, address);
  return words ? refuse(error, `DATABASE_URL: ${address.server} ${words[0]}. ${words[1]}`) : error;
}

function refuse(cause: unknown, message: string): StartRefusedError {
  return new StartRefusedError(message, { cause });
}

/** The driver's own errors have only a text. */
function wordsOfDriver(root: unknown, { user }: StoreAddress): Words | undefined {
  const text = messageOf(root);
  if (/client password must be/.test(text)) {
    return [
      `asks for a password of user "${user}", and the URL has none`,
      "Add it behind the user and a ':'",
    ];
  }
  if (/does not support SSL/.test(text)) {
    return ['offers no TLS, and the URL demands it', 'Enable TLS at the server, or set sslmode=disable'];
  }
  if (/error establishing an SSL connection/.test(text)) {
    return ['does not reply to a request for TLS as a PostgreSQL does', 'Correct host and port, or sslmode'];
  }
  const tls = reasonOfTlsError(root);
  if (tls === undefined) return undefined;
  return [
    `cannot be connected to by TLS: ${tls}`,
    'Correct the certificate at the server, or the host, sslrootcert, sslcert and sslkey in the URL',
  ];
}

/** The server's own text names the rule or right. */
function wordsOfServer(root: unknown, address: StoreAddress): Words | undefined {
  const state = sqlStateOf(root);
  if (state === undefined) return undefined;
  const [reason, remedy] = wordsOfTrouble(failureOf(root).trouble, address);
  return [`${reason} (${messageOf(root)}, SQLSTATE ${state})`, remedy];
}

function wordsOfTrouble(trouble: DatabaseTrouble | null, { user, database }: StoreAddress): Words {
  switch (trouble) {
    case 'login_refused':
      return [
        `refuses the login of user "${user}"`,
        "Correct the user and the password, or the server's pg_hba.conf",
      ];
    case 'database_missing':
      return [`has no database "${database}"`, 'Create it, or correct its name'];
    case 'permission_denied':
      return [
        `refuses user "${user}" a right in database "${database}"`,
        'Grant it create and usage on the schema, or make it the owner of the tables',
      ];
    case 'schema_missing':
      return [
        `has no schema for user "${user}" in database "${database}"`,
        'Create one, or correct the search_path of the user or in options',
      ];
    default:
      return [
        `does not accept a session, or the tables, of the gateway in database "${database}"`,
        'Correct options in the URL, or use a database of its own',
      ];
  }
}
