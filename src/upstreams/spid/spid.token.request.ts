import { knownSecrets } from '../../config/secrets/known.secrets.js';
import { Secret } from '../../config/secrets/secret.js';
import type { SpidSettings } from '../../config/settings/spid.settings.js';
import type { UpstreamCall, UpstreamResponse } from '../transport/upstream.call.js';
import type { UpstreamChannel } from '../transport/upstream.channel.js';
import { NoTrustworthyResponseError, NotSentError } from '../transport/upstream.errors.js';
import { membersOf, isSuccess, openRefusal } from './response/spid.envelope.js';
import { parseJsonBody } from '../transport/response/json.body.js';
import { refusalError, refusalKind, type RefusalKind } from './spid.refusal.js';
import { UnreadableError } from '../transport/response/unreadable.error.js';

/** A server token as the vendor grants it. */
export interface GrantedToken {
  readonly secret: Secret;
  readonly lifetimeSeconds: number;
}

/** The longest lifetime seen, 168 days (SPiD A2); a longer one is capped. */
const LIFETIME_SECONDS_MAX = 14_515_200;

/** Fits into a header of common servers. The vendor's JWTs have about 1,000 characters. */
const TOKEN_TEXT = /^[\x21-\x7e]{1,6000}$/;

const TOKEN_CALL: UpstreamCall = {
  operation: 'token',
  method: 'POST',
  path: '/oauth/token',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'grant_type=client_credentials',
  safe: true,
  isForAll: true,
};

/**
 * Fetches a server token by client credentials, which works for both kinds of token (SPiD A2).
 * @throws NotSentError when the token endpoint gave no trustworthy response: the call that needed the token was not sent
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
    if (!(error instanceof NoTrustworthyResponseError)) throw error;
    const reason = `no token: ${error.reason}`;
    throw new NotSentError({ upstream: 'spid', operation: TOKEN_CALL.operation, reason, cause: error });
  }
}

/** Failures of the token endpoint that do not mean that our settings are wrong. */
const NOT_MISCONFIGURED: ReadonlySet<RefusalKind> = new Set(['throttled', 'server-error', 'unknown']);

/** Bad credentials get 400, not 401 (SPiD F3): every clear refusal means that our settings are wrong. */
function readToken(response: UpstreamResponse): GrantedToken {
  if (isSuccess(response.status)) return readGrant(response);
  const refusal = openRefusal(response);
  const kind = refusalKind(refusal);
  throw refusalError(TOKEN_CALL, refusal, NOT_MISCONFIGURED.has(kind) ? kind : 'misconfigured');
}

function readGrant({ status, body }: UpstreamResponse): GrantedToken {
  try {
    return grantOf(parseJsonBody(body));
  } catch (cause) {
    const reason = cause instanceof UnreadableError ? cause.message : 'unreadable';
    const details = { upstream: 'spid' as const, operation: TOKEN_CALL.operation, cause };
    throw new NoTrustworthyResponseError('garbled', { ...details, reason: `status ${status}, ${reason}` });
  }
}

/** Reads three fields only: `user_id` may be false, `scope` null, most others absent (SPiD F6). */
function grantOf(body: unknown): GrantedToken {
  const { access_token: token, expires_in: expiresIn, token_type: type } = membersOf(body);
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
