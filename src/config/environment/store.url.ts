import { parseUrl } from '../url.parser.js';
import { reasonOfTlsFiles } from './tls.files.js';

/** Undefined, or what is wrong with the URL and what to write; never a part of it. */
export type StoreUrlCheck = (text: string) => string | undefined;

const POSTGRES_RULES = {
  schemes: ['postgres://', 'postgresql://'],
  example: 'postgres://user:password@host:5432/database',
} as const;

const REDIS_RULES = {
  schemes: ['redis://', 'rediss://'],
  example: 'redis://:password@host:6379/0',
} as const;

/**
 * Parameters that the driver reads and that take back none of the gateway's own time limits. The driver would let any
 * of its settings be overridden, and would drop without a word what it does not know, `channel_binding` for one.
 */
const POSTGRES_PARAMETERS: Readonly<Record<string, readonly string[] | undefined>> = {
  application_name: undefined,
  options: undefined,
  sslmode: ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'],
  sslrootcert: undefined,
  sslcert: undefined,
  sslkey: undefined,
  sslnegotiation: ['postgres', 'direct'],
  uselibpqcompat: ['true'],
};

/** Of a PostgreSQL: user, host and database are never guessed from the environment of the process. */
export const checkPostgresUrl: StoreUrlCheck = (text) => {
  const { value: url, reason } = parseUrl(text, POSTGRES_RULES);
  if (reason !== undefined) return reason;
  const example = `an example is ${POSTGRES_RULES.example}`;
  if (!hasLowercaseScheme(text)) return 'must have its scheme in lowercase';
  if (url.username === '') return `names no user; ${example}`;
  // A socket is named by its folder: %2Frun%2Fpostgresql.
  if (!isHost(url.hostname) && !/^%2f/i.test(url.hostname)) return `must name one host; ${example}`;
  const database = url.pathname.slice(1);
  if (database === '') return `names no database; ${example}`;
  if (database.includes('/'))
    return `must have nothing but the name of the database after its host; ${example}`;
  // The driver leaves such escapes as they are.
  if (decodeURI(database) !== decodeURIComponent(database)) {
    return 'must not have one of ; , / ? : @ & = + $ # in the name of its database';
  }
  return reasonOfParameters(url.searchParams);
};

/** Of a Redis or Valkey. */
export const checkRedisUrl: StoreUrlCheck = (text) => {
  const { value: url, reason } = parseUrl(text, REDIS_RULES);
  if (reason !== undefined) return reason;
  // The driver would speak plain text to REDISS://.
  if (!hasLowercaseScheme(text)) return 'must have its scheme in lowercase';
  if (!isHost(url.hostname)) return `must name one host; an example is ${REDIS_RULES.example}`;
  if (url.username !== '' && url.password === '') {
    return "has a user name without a password; a password alone follows a ':', for example redis://:password@host";
  }
  if (!/^(\/\d{0,4})?$/.test(url.pathname)) {
    return 'must have nothing but the number of a database after its host, for example /0';
  }
  return text.includes('?') ? "must not have a '?' in it; in a password it is written %3F" : undefined;
};

function reasonOfParameters(parameters: URLSearchParams): string | undefined {
  if ([...parameters.keys()].some((name) => !Object.keys(POSTGRES_PARAMETERS).includes(name))) {
    return `has a parameter after its '?' that is not one of: ${Object.keys(POSTGRES_PARAMETERS).join(', ')}`;
  }
  for (const [name, values] of Object.entries(POSTGRES_PARAMETERS)) {
    const given = parameters.getAll(name);
    if (given.length > 1) return `must not have ${name} twice`;
    if (values && given.some((value) => !values.includes(value))) {
      return `must have in ${name} one of: ${values.join(', ')}`;
    }
  }
  return reasonOfTlsFiles(parameters) ?? reasonOfTls(parameters);
}

/** What the driver would throw for, or connect without TLS in spite of. */
function reasonOfTls(parameters: URLSearchParams): string | undefined {
  const mode = parameters.get('sslmode');
  if (mode === 'verify-ca' && !parameters.has('sslrootcert')) {
    return 'must name in sslrootcert the authority that sslmode=verify-ca trusts';
  }
  const others = ['sslrootcert', 'sslcert', 'sslkey', 'sslnegotiation'].filter((name) =>
    parameters.has(name),
  );
  if (mode === 'disable' && others.length > 0)
    return `must not have ${others.join(', ')} beside sslmode=disable`;
  return undefined;
}

function hasLowercaseScheme(text: string): boolean {
  return /^[a-z]+:/.test(text);
}

/** One name or address; a list of hosts is not understood by the drivers. */
function isHost(hostname: string): boolean {
  return /^\[[^\]]+\]$/.test(hostname) || /^[\p{L}\p{N}._-]+$/u.test(decodeURIComponent(hostname));
}
