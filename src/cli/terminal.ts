/** What a command sees of the world; tests put their own in its place. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  out(text: string): void;
  err(text: string): void;
}

/** How a command ended, as the shell sees it. */
export const EXIT = { ok: 0, failed: 1, misused: 2 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line cannot be understood; the text says why. */
export class UsageError extends Error {}
