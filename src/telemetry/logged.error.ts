import { types } from 'node:util';

/** Nested causes in a log line; chains of our own errors have at most four. */
const CAUSES_MAX = 5;

/** Between the parts of a message. */
const PART = ': ';

/** Characters of a reason: several sentences. Longer texts are statements or responses, which are in the debug line. */
const REASON_MAX = 300;

/** The whole of an error, for what must not happen and for level `debug`: name, message, code, stack and causes. */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return '[not an error]';
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    stack,
    ...(cause !== undefined && depth < CAUSES_MAX ? { cause: describeError(cause, depth + 1) } : {}),
  };
}

/** Why something failed, in one line: the messages of the error and of its causes, each part of them once. */
export function reasonOf(error: unknown): string {
  const texts: string[] = [];
  let at = error;
  for (let depth = 0; types.isNativeError(at) && depth <= CAUSES_MAX; depth += 1) {
    if (!isExplained(at, texts)) {
      const added = textOf(at)
        .split(PART)
        .filter((part) => !texts.some((known) => known.includes(part)));
      if (added.length > 0) texts.push(added.join(PART));
    }
    at = at.cause;
  }
  if (texts.length === 0) return 'not an error';
  const reason = texts.join(PART).replace(/\s+/g, ' ');
  return reason.length > REASON_MAX ? `${reason.slice(0, REASON_MAX - 1)}…` : reason;
}

/** Words with the code of this error, like `the connection was reset (ECONNRESET)`: its message repeats it. */
function isExplained(error: Error, texts: readonly string[]): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && texts.some((known) => known.includes(`(${code})`));
}

/** A failed connect to several addresses is an AggregateError without a message. */
function textOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return error.message || (typeof code === 'string' ? code : error.name);
}
