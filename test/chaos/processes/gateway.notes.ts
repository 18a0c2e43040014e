/** A finished request that named its deadline, as the gateway's own clock has it (`gateway.hook.mjs`). */
export interface TimedRequest {
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly ms: number;
  /** Of that, the process did not get to run for so long. */
  readonly lostMs: number;
}

/** An error that no one handles. */
export interface UnhandledError {
  readonly unhandled: string;
}

export type Note = TimedRequest | UnhandledError;
