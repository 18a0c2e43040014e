import type { JSONWebKeySet, JWK } from 'jose';
import { type Dispatcher, request } from 'undici';

/** An issuer has two or three keys of 2 kB at most; more is not a key set. */
const JWKS_BYTES_MAX = 64 * 1024;
const KEYS_MAX = 100;

/** From the connection to the last byte: a file of a few kilobytes from a server that callers depend on anyway. */
export const JWKS_TIMEOUT_MS = 3_000;

/** The keys of an issuer could not be had. The message is internal and never quotes the answer. */
export class IssuerUnavailableError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`no keys: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'IssuerUnavailableError';
  }
}

/** Fetches a key set. Redirects are refused like any other answer that is not 200. */
export async function fetchJwks(uri: string, dispatcher: Dispatcher): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(JWKS_TIMEOUT_MS);
  const headers = { accept: 'application/jwk-set+json, application/json', 'user-agent': 'tollgate' };
  try {
    const answer = await request(uri, { dispatcher, signal, headers });
    if (answer.statusCode !== 200) {
      await answer.body.dump({ limit: 1_024, signal }).catch(() => undefined);
      throw new IssuerUnavailableError(`status ${answer.statusCode}`);
    }
    return publicKeysOf(await readBounded(answer.body));
  } catch (error) {
    if (error instanceof IssuerUnavailableError) throw error;
    throw new IssuerUnavailableError(reasonOf(error));
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > JWKS_BYTES_MAX) throw new IssuerUnavailableError(`over ${JWKS_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Only what a public key for signatures consists of: a shared or private key in the set is not even looked at. */
function publicKeysOf(text: string): JSONWebKeySet {
  const { keys } = (parse(text) ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length > KEYS_MAX) throw new IssuerUnavailableError('not a key set');
  return { keys: keys.filter(isForSignatures).map(publicPartOf) };
}

function isForSignatures(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null) return false;
  const { kty, use } = key as JWK;
  return ['RSA', 'EC', 'OKP'].includes(kty ?? '') && (use === undefined || use === 'sig');
}

function publicPartOf({ kty, kid, alg, crv, n, e, x, y }: JWK): JWK {
  const members = Object.entries({ kty, kid, alg, crv, n, e, x, y });
  return Object.fromEntries(members.filter(([, value]) => typeof value === 'string'));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
