/** What the common codes of system errors and of undici mean, in words that an operator can use. */
const MEANINGS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'the name of the host could not be resolved',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'the name of the host is not known',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CLOSED: 'the gateway had closed its connections',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_DESTROYED: 'the gateway had closed its connections',
  UND_ERR_SOCKET: 'the connection was closed',
};

/** Prefixes of the codes of one kind. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^HPE_/, 'the response is not valid HTTP'],
  [/^(ERR_SSL|ERR_TLS|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_)|_CERT$/, 'the TLS connection failed'],
];

/** The code of a system or undici error, else its name. Safe to log: messages may quote a response, these do not. */
export function errorCode(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}

/**
 * Why a connection failed, with the code in parentheses: `the connection was reset after sending (ECONNRESET)`. As safe to log
 * as the code.
 */
export function connectionReason(error: unknown, isSent = false): string {
  const code = errorCode(error);
  const family = FAMILIES.find(([codes]) => codes.test(code))?.[1];
  const meaning = MEANINGS[code] ?? family ?? 'the connection failed';
  return `${meaning}${isSent && family === undefined ? ' after sending' : ''} (${code})`;
}
