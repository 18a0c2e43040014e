import { Secret } from './secret.js';

/** AES-256 takes exactly 32; HMAC-SHA-256 is not stronger with more. */
const KEY_BYTES = 32;

/** A key of 32 bytes as base64, whether it was written in hex, base64 or base64url; undefined when it is none. */
export function readKeyBytes(secret: Secret): Secret | undefined {
  const text = secret.reveal();
  if (/^[0-9a-f]{64}$/i.test(text)) return new Secret(Buffer.from(text, 'hex').toString('base64'));
  const bytes = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  return bytes?.length === KEY_BYTES ? new Secret(bytes.toString('base64')) : undefined;
}
