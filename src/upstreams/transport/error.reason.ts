/** The code of a system or undici error, else its name. Safe to log: messages may quote a response, these do not. */
export function errorReason(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
