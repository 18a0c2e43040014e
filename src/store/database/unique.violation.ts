const UNIQUE_VIOLATION = '23505';

/** Name of the unique index that refused a row, on both drivers; undefined for every other error. */
export function violatedIndex(error: unknown): string | undefined {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown };
  return code === UNIQUE_VIOLATION && typeof constraint === 'string' ? constraint : undefined;
}
