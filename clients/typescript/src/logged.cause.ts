/** Causes have causes; a circle has no end. */
const DEPTH_MAX = 5;

interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/**
 * A copy of what `fetch` has thrown that can be logged. A `fetch` of the service may throw errors with the request as a
 * member, thus its key, or with the path in their text.
 * @param secrets are left out of all texts
 * @param reason of the caller's signal, which is theirs and stays as it is
 */
export function loggedCause(error: unknown, secrets: readonly string[], reason: unknown, depth = 0): unknown {
  if (error === reason) return error;
  if (typeof error === 'string') return without(secrets, error);
  if (typeof error !== 'object' || error === null) return error;
  const { name, message, stack, code, cause } = error as ErrorLike;
  const copy = new Error(without(secrets, message));
  const own = { name: without(secrets, name) || 'Error', stack: without(secrets, stack) };
  for (const [member, value] of Object.entries(own)) {
    if (value !== '') Object.defineProperty(copy, member, { value, configurable: true, writable: true });
  }
  if (typeof code === 'string') Object.assign(copy, { code: without(secrets, code) });
  if (cause !== undefined && depth < DEPTH_MAX) {
    const inner = loggedCause(cause, secrets, reason, depth + 1);
    Object.defineProperty(copy, 'cause', { value: inner, configurable: true, writable: true });
  }
  return copy;
}

function without(secrets: readonly string[], text: unknown): string {
  if (typeof text !== 'string') return '';
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '…')), text);
}
