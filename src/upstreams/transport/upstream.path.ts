/**
 * Builds the path of a vendor URL: path`/user/${userId}/product/${productId}`. Every value is encoded as one
 * segment, and the values that an encoder leaves alone although they change a path (`.`, `..`, nothing) are refused.
 */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((built, part, index) => built + segment(values[index - 1] ?? '') + part);
}

function segment(value: string): string {
  if (value === '' || value === '.' || value === '..' || !value.isWellFormed()) {
    throw new TypeError('a value that cannot be one path segment');
  }
  return encodeURIComponent(value);
}

/** `?a=1&b=2` of the values that are there, or nothing. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = formOf(values);
  return given === '' ? '' : `?${given}`;
}

/**
 * `a=1&b=2` of the values that are there, as `application/x-www-form-urlencoded`. A lone surrogate is refused:
 * URLSearchParams would send another character in its place.
 */
export function formOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (!String(value).isWellFormed()) throw new TypeError('a value that is not Unicode text');
    form.set(name, String(value));
  }
  return form.toString();
}
