import { reasonOfTlsError } from '../../config/errors/tls.errors.js';
import { LateReplyError } from './timely.reply.js';

/** What an error of the connection to Redis means. Its own text is never used: that of a refused login holds the password. */
export interface RedisFailure {
  readonly reason: string;
  /** What to do, where waiting does not help; absent for what may pass by itself. */
  readonly remedy?: string;
  /** What to look at, where it may pass by itself. */
  readonly check?: string;
}

/** Beginnings of replies that refuse the gateway itself. */
const REFUSALS: readonly (readonly [beginning: RegExp, reason: string, remedy: string])[] = [
  [/^NOAUTH/, 'asks for a password, and the URL has none', "Add it before the host, behind a ':'"],
  [/^WRONGPASS|^ERR invalid password/, 'refuses the login', 'Correct the user and the password'],
  [/^ERR DB index/, 'does not have the database of the URL', "Correct the number behind the host's '/'"],
  [/^ERR SELECT is not allowed/, 'has database 0 only', "Remove the number behind the host's '/'"],
];

/** Of a server that lost its role in a failover: the URL may lead to another one by now. */
const REPLICA = /^READONLY|^MASTERDOWN/;

/** Beginnings of replies that pass by themselves. */
const PASSING: readonly (readonly [beginning: RegExp, reason: string, check?: string])[] = [
  [/^LOADING/, 'is loading its data'],
  [REPLICA, 'is a replica', 'check that the URL leads to the primary'],
  [/^OOM/, 'has no memory left', 'check its maxmemory, and what else it holds'],
  [/^MISCONF/, 'cannot save its data', 'check its disk and its log'],
  [/max number of clients/, 'has too many connections', 'check its maxclients, and who is connected'],
];

/** It was cut, by the other end or by us; why is reported by what follows or was reported before. */
export const CLOSED_CONNECTION: RedisFailure = { reason: 'has closed the connection' };

/** Errors of commands on a connection that is gone; neither has a code. */
const CLOSED = /^Connection is closed|^Stream isn't writeable/;

export function failureOfRedis(error: unknown): RedisFailure {
  const { code, name, message } = (error ?? {}) as { code?: unknown; name?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message : '';
  const refusal = REFUSALS.find(([beginning]) => beginning.test(text));
  if (refusal) return { reason: refusal[1], remedy: refusal[2] };
  if (/^(NOPERM|ERR The user executing the script)/.test(text)) {
    const command = /'([\w|-]{1,40})' command/.exec(text)?.[1];
    const kind = /channel/.test(text) ? 'the channels' : 'the keys';
    const what = command === undefined ? `${kind} of Tollgate` : `the command ${command}`;
    return {
      reason: `refuses the user ${what}`,
      remedy: 'Allow it all commands on keys and channels, for example by ~tollgate:* &tollgate:* +@all',
    };
  }
  const tls = reasonOfTlsError(error);
  if (tls !== undefined) {
    return {
      reason: `cannot be connected to by TLS: ${tls}`,
      remedy: 'Correct the certificate at the server, the host in the URL, or NODE_EXTRA_CA_CERTS',
    };
  }
  if (/^(WRONGTYPE|ERR user_script)/.test(text)) {
    return {
      reason: 'has a value that is not of this gateway in a key that begins with tollgate:',
      remedy: 'Delete the key, and give each gateway of another version or purpose a database of its own',
    };
  }
  if (name === 'LateReplyError') {
    return { reason: 'does not reply in time', check: 'check its load and the network to it' };
  }
  if (name === 'MaxRetriesPerRequestError' || CLOSED.test(text)) return CLOSED_CONNECTION;
  const passing = PASSING.find(([beginning]) => beginning.test(text));
  if (passing) return { reason: passing[1], ...(passing[2] !== undefined && { check: passing[2] }) };
  const isOther = text.startsWith('Unknown RESP type');
  return {
    reason: isOther ? 'does not speak its protocol' : `does not respond (${String(code ?? name)})`,
    check: 'check host and port, that a Redis listens there, and that rediss:// is used only for TLS',
  };
}

/** Whether a new connection may reach a server that responds, while this one stays open and useless. */
export function needsNewConnection(error: unknown): boolean {
  return error instanceof LateReplyError || (error instanceof Error && REPLICA.test(error.message));
}
