/** Maximum length of a key; the header with quotes is two longer. */
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;

const VISIBLE = /^[\x21-\x7e]+$/;

/** In a quoted string (RFC 9651) only `"` and `\` are escaped, and a space is allowed there but not in our keys. */
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/**
 * The key in an `Idempotency-Key` header: bare (`order-1`) or a structured field string (`"order-1"`); both name the
 * same key. 1 to 255 visible ASCII characters, counted without the quotes. Undefined when it is not a key; a header
 * that came twice arrives joined by `, ` and is none either.
 */
export function parseIdempotencyKey(header: string): string | undefined {
  const text = header.trim();
  const key = text.startsWith('"') ? QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1') : text;
  if (key === undefined || key.length > IDEMPOTENCY_KEY_LENGTH_MAX || !VISIBLE.test(key)) return undefined;
  return key;
}
