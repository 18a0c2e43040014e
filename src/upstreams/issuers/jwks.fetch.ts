import type { Dispatcher } from 'undici';
import { errorCode } from '../transport/socket/error.reason.js';
import { sendRequest } from '../transport/socket/undici.js';
import { IssuerUnavailableError } from './issuer.unavailable.error.js';
import { type SigningKeySet, signingKeysOf } from './signing.keys.js';

/** An issuer has two or three keys of at most 2 kB. */
const JWKS_BYTES_MAX = 64 * 1024;

/** From connecting to the last byte of a few kilobytes. */
export const JWKS_TIMEOUT_MS = 3_000;

/** Fetches a key set. Redirects are refused like any other response that is not 200. */
export async function fetchJwks(uri: string, dispatcher: Dispatcher): Promise<SigningKeySet> {
  const signal = AbortSignal.timeout(JWKS_TIMEOUT_MS);
  const headers = { accept: 'application/jwk-set+json, application/json', 'user-agent': 'tollgate' };
  try {
    const { origin, pathname, search } = new URL(uri);
    const path = pathname + search;
    const response = await sendRequest.call(dispatcher, { origin, path, method: 'GET', signal, headers });
    if (response.statusCode !== 200) {
      await response.body.dump({ limit: 1_024, signal }).catch(() => undefined);
      throw new IssuerUnavailableError(`status ${response.statusCode}`);
    }
    return await signingKeysOf(await readBounded(response.body));
  } catch (error) {
    if (error instanceof IssuerUnavailableError) throw error;
    throw new IssuerUnavailableError(errorCode(error));
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
  // Drops a byte order mark, which JSON.parse would refuse.
  return new TextDecoder().decode(Buffer.concat(chunks));
}
