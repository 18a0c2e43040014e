import { knownSecrets } from '../../config/known.secrets.js';
import { Secret } from '../../config/secret.js';
import type { SpidSettings } from '../../config/settings.js';
import type { UpstreamAnswer, UpstreamCall, UpstreamChannel } from '../transport/upstream.channel.js';
import { NoTrustworthyAnswerError, NotSentError } from '../transport/upstream.errors.js';
import { fieldsOf, isSuccess, openRefusal } from './spid.envelope.js';
import { jsonOf } from './spid.json.js';
import { refusalError, verdictOf, type Verdict } from './spid.refusal.js';
import { UnreadableError } from './unreadable.error.js';

/** A server token as the vendor grants it. */
export interface GrantedToken {
  readonly secret: Secret;
  readonly lifetimeSeconds: number;
}

/** The longest lifetime seen at a client, 168 days (SPiD A2); longer ones are cut to it. */
const LIFETIME_SECONDS_MAX = 14_515_200;

/** What fits in a header of a common server; the JWTs of the vendor have about 1,000 characters. */
const TOKEN_TEXT = /^[\x21-\x7e]{1,6000}$/;

const TOKEN_CALL: UpstreamCall = {
  operation: 'token',
  method: 'POST',
  path: '/oauth/token',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'grant_type=client_credentials',
  safe: true,
};

/**
 * Asks for a new server token by client credentials, which works for both kinds of token (SPiD A2). Without a token
 * the call that needed it was not sent, hence NotSentError where the token endpoint did not give a clear answer.
 */
export async function fetchToken(
  channel: UpstreamChannel,
  { clientId, clientSecret }: Pick<SpidSettings, 'clientId' | 'clientSecret'>,
): Promise<GrantedToken> {
  const authorize = () => ({
    authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64')}`,
  });
  try {
    const granted = await channel.send(TOKEN_CALL, { authorize, read: readToken });
    knownSecrets.learnToken(`token of SPiD client ${clientId}`, granted.secret);
    return granted;
  } catch (error) {
    if (!(error instanceof NoTrustworthyAnswerError)) throw error;
    const reason = `no token: ${error.reason}`;
    throw new NotSentError({ upstream: 'spid', operation: TOKEN_CALL.operation, reason, cause: error });
  }
}

/** What at the token endpoint does not mean that our settings are wrong. */
const NOT_OUR_FAULT: ReadonlySet<Verdict> = new Set(['throttled', 'server-error', 'unknown']);

/** Bad credentials come as 400, not 401 (SPiD F3): every clear refusal means that our settings are wrong. */
function readToken(answer: UpstreamAnswer): GrantedToken {
  if (isSuccess(answer.status)) return readGrant(answer);
  const refusal = openRefusal(answer);
  const verdict = verdictOf(refusal);
  throw refusalError(TOKEN_CALL, refusal, NOT_OUR_FAULT.has(verdict) ? verdict : 'misconfigured');
}

function readGrant({ status, body }: UpstreamAnswer): GrantedToken {
  try {
    return grantOf(jsonOf(body));
  } catch (cause) {
    const reason = cause instanceof UnreadableError ? cause.message : 'unreadable';
    const details = { upstream: 'spid' as const, operation: TOKEN_CALL.operation, cause };
    throw new NoTrustworthyAnswerError('garbled', { ...details, reason: `status ${status}, ${reason}` });
  }
}

/** Only three fields count: `user_id` may be false, `scope` null, most others absent (SPiD F6). */
function grantOf(body: unknown): GrantedToken {
  const { access_token: token, expires_in: expiresIn, token_type: type } = fieldsOf(body);
  if (typeof token !== 'string' || !TOKEN_TEXT.test(token)) throw new UnreadableError('token');
  if (type != null && !(typeof type === 'string' && /^bearer$/i.test(type))) {
    throw new UnreadableError('token type');
  }
  const seconds =
    typeof expiresIn === 'string' && /^\d{1,15}$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1) {
    throw new UnreadableError('token lifetime');
  }
  return { secret: new Secret(token), lifetimeSeconds: Math.min(seconds, LIFETIME_SECONDS_MAX) };
}
