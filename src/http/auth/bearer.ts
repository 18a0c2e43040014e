/** API keys have 46 characters, tokens with many claims about 2,000; the limit bounds the work of hashing. */
const KEY = /^[\x21-\x7e]{1,8192}$/;

const AUTHORIZATION = 'authorization';

/**
 * The key or token in `Authorization: Bearer <key>`, or undefined. Takes raw headers (names and values in turn), because
 * the parsed ones hide a second `Authorization`, of which a proxy could have checked the other.
 */
export function bearerKeyOf(rawHeaders: readonly string[]): string | undefined {
  let header: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length !== AUTHORIZATION.length || name.toLowerCase() !== AUTHORIZATION) continue;
    if (header !== undefined) return undefined;
    header = rawHeaders[at + 1];
  }
  const [, key] = /^bearer +(\S+) *$/i.exec(header ?? '') ?? [];
  return key !== undefined && KEY.test(key) ? key : undefined;
}
