/**
 * Builds the path of a vendor URL: path`/user/${userId}/product/${productId}`. Every value is encoded as one segment.
 * @throws TypeError for values that encoding leaves unchanged although they change a path: `.`, `..` and the empty one
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

/** `?a=1&b=2` of the defined values, or an empty string. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = formBodyOf(values);
  return given === '' ? '' : `?${given}`;
}

/**
 * `a=1&b=2` of the defined values, as `application/x-www-form-urlencoded`.
 * @throws TypeError for a lone surrogate, which URLSearchParams would replace
 */
export function formBodyOf(values: Readonly<Record<string, string | number | undefined>>): string {
  let form: URLSearchParams | undefined;
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (!String(value).isWellFormed()) throw new TypeError('a value that is not Unicode text');
    form ??= new URLSearchParams();
    form.set(name, String(value));
  }
  return form ? form.toString() : '';
}
