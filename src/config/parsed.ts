/**
 * A value that was parsed from text, perhaps with something to warn of, or the reason why it is refused. `reason` and
 * `warning` complete a sentence that begins with the value's path and never contain a part of it.
 */
export type Parsed<T> =
  | { readonly value: T; readonly warning?: string; readonly reason?: undefined }
  | { readonly value?: undefined; readonly reason: string };
