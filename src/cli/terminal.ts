/** What a command sees of the world; tests put their own in its place. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** Standard input; read only by commands that are given `-` as a file. */
  readonly input?: AsyncIterable<Buffer | string>;
  out(text: string): void;
  err(text: string): void;
}

/** How a command ended, as the shell sees it. `partly`: some of many were passed by, the others are done. */
export const EXIT = { ok: 0, failed: 1, misused: 2, partly: 3 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line cannot be understood; the text says why. */
export class UsageError extends Error {}

/** The command was understood and could not be done; the text says why, for the person at the terminal. */
export class CommandError extends Error {}

/**
 * Text of others on one line: what could move the cursor, recolour the screen or turn the reading direction is shown
 * as an escape.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escapeOf);
}

/** JSON on one line, equally harmless on a terminal. */
export function printableJson(value: unknown): string {
  return printable(JSON.stringify(value));
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
