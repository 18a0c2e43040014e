/** Environment, input and output of a command; tests pass their own. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** Standard input; read only by commands with `-` as a file. */
  readonly input?: AsyncIterable<Buffer | string>;
  /** Standard output is a terminal that shows colors, and the person wants them. */
  readonly colors?: boolean;
  /** Milliseconds since 1970; `Date.now` if absent. */
  readonly now?: () => number;
  out(text: string): void;
  err(text: string): void;
}

/** Exit codes. `partly`: some operations of a file were skipped, the others are done. */
export const EXIT = { ok: 0, failed: 1, misused: 2, partly: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line is invalid; the message has the reason. */
export class UsageError extends Error {}

/** The command failed; the message has the reason, for the person at the terminal. */
export class CommandError extends Error {}

/**
 * Foreign text on one line: control and bidirectional formatting characters are escaped, so that it cannot control the
 * terminal.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escapeOf);
}

/** JSON on one line, safe for a terminal. */
export function printableJson(value: unknown): string {
  return printable(JSON.stringify(value));
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** By https://no-color.org: any value of NO_COLOR but an empty one turns colors off. */
export function hasColors(isTerminal: boolean | undefined, { NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  return isTerminal === true && !NO_COLOR && TERM !== 'dumb';
}
