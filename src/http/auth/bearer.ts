/** API keys have 46 characters, tokens with many claims about 2,000; the limit bounds the work of hashing. */
const KEY_LENGTH_MAX = 8_192;

const VISIBLE = /^[\x21-\x7e]+$/;

const BEARER = /^bearer +(\S+) *$/i;

const AUTHORIZATION = 'authorization';

/**
 * The key or token in `Authorization: Bearer <key>`, or undefined. Takes raw headers (names and values in turn), because
 * the parsed ones hide a second `Authorization`, of which a proxy could have checked the other.
 */
export function bearerKeyOf(rawHeaders: readonly string[]): string | undefined {
  const [, key] = BEARER.exec(authorizationOf(rawHeaders) ?? '') ?? [];
  return key !== undefined && key.length <= KEY_LENGTH_MAX && VISIBLE.test(key) ? key : undefined;
}

/** What is wrong with the header of a refused request; undefined if it is only its key. Never quotes it. */
export function bearerFlawOf(rawHeaders: readonly string[]): string | undefined {
  const header = authorizationOf(rawHeaders);
  if (header === undefined) return 'There is no Authorization header.';
  if (header === null) return 'There is more than one Authorization header.';
  if (!/^bearer( |$)/i.test(header)) return 'The Authorization header does not begin with the scheme Bearer.';
  if (/^bearer *$/i.test(header)) return 'The Authorization header has no key after the scheme Bearer.';
  const [, key = ''] = BEARER.exec(header) ?? [];
  if (!VISIBLE.test(key)) {
    return 'The Authorization header has more after the scheme Bearer than one key in visible ASCII characters.';
  }
  if (key.length > KEY_LENGTH_MAX) return `The key is longer than ${KEY_LENGTH_MAX} characters.`;
  return undefined;
}

/** undefined without one, null for several. */
function authorizationOf(rawHeaders: readonly string[]): string | null | undefined {
  let header: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length !== AUTHORIZATION.length || name.toLowerCase() !== AUTHORIZATION) continue;
    if (header !== undefined) return null;
    header = rawHeaders[at + 1] ?? '';
  }
  return header;
}
