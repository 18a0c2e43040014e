/** No reply within its time. */
export class LateReplyError extends Error {
  constructor(limitMs: number) {
    super(`no reply within ${limitMs} ms`);
    this.name = 'LateReplyError';
  }
}

/**
 * The reply of another process, unless it takes longer than `limitMs`. A busy event loop of our own is no late reply:
 * - what has arrived meanwhile is read before anything is decided
 * - a timer that fired late also measured our own pause, so the other process gets its whole time once more
 *
 * So a process that never replies is waited for at most twice `limitMs`, plus the time for which our loop was blocked.
 * @throws LateReplyError, or what `reply` throws
 */
export async function timelyReply<T>(reply: Promise<T>, limitMs: number): Promise<T> {
  const wait = new ReplyWait(limitMs);
  try {
    return await Promise.race([reply, wait.over]);
  } finally {
    wait.end();
  }
}

class ReplyWait {
  /** Rejects when the time is over. */
  readonly over: Promise<never>;
  #reject!: (error: LateReplyError) => void;
  #timer: NodeJS.Timeout;
  #turn: NodeJS.Immediate | undefined;
  #startedMs = performance.now();
  #repeated = false;

  constructor(private readonly limitMs: number) {
    this.over = new Promise((_resolve, reject) => (this.#reject = reject));
    this.#timer = setTimeout(() => this.#afterReading(), limitMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  /** Timers run before pending I/O is read, immediates after it. */
  #afterReading(): void {
    const wasLate = performance.now() - this.#startedMs > 1.5 * this.limitMs;
    this.#turn = setImmediate(() => this.#decide(wasLate));
  }

  #decide(wasLate: boolean): void {
    if (!wasLate || this.#repeated) return this.#reject(new LateReplyError(this.limitMs));
    this.#repeated = true;
    this.#startedMs = performance.now();
    this.#timer = setTimeout(() => this.#afterReading(), this.limitMs);
  }
}
