import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import pino, { type DestinationStream } from 'pino';

/** Longest time that a line waits to be written with others: short for a reader, 10 writes a second at most on an idle gateway. */
export const BATCH_MS = 100;

/**
 * Characters that are written without waiting longer; about 60 requests. What a hard kill can lose. Larger batches save no
 * more: the call then costs less than 1 % of composing the lines.
 */
export const BATCH_CHARS = 16 * 1024;

/** Characters kept while the reader of the output is behind: about 15,000 requests, less than 10 MB. */
export const BACKLOG_CHARS_MAX = 4 * 1024 * 1024;

/** A pipe that is full is tried again so soon: 64 kB each time is more than a gateway can log. */
const FULL_RETRY_MS = 10;

/** Until a full disk, or another error of the output, is tried again. */
const FAILED_RETRY_MS = 1_000;

/** Longest wait at the end of the process for a reader that is behind. */
const LAST_WAIT_MS = 1_000;

/** From this level on a line is written at once, with all before it. */
const AT_ONCE = pino.levels.values['error'] ?? 0;

/** Writes what fits now, and returns the bytes. Throws as `fs.writeSync` does. */
export type Write = (bytes: Uint8Array) => number;

/**
 * Writes log lines in batches, in order, and never waits for the reader of a pipe: lines wait in memory meanwhile, and those that
 * exceed BACKLOG_CHARS_MAX are dropped, counted and reported. Errors are written at once, and every line until `startBatches`.
 */
export class LogOutput implements DestinationStream {
  /** Makes pino set `lastLevel` before each line. */
  readonly [pino.symbols.needsMetadataGsym] = true;
  lastLevel = 0;
  #isBatching = false;
  /** Lines that nothing was written of. */
  #lines = '';
  /** What is left of lines that were written in part. */
  #rest: Uint8Array | undefined;
  #unreported = 0;
  #dropped = 0;
  /** Runs while lines wait: for others to join them, or for the reader. */
  #timer: NodeJS.Timeout | undefined;
  #isBlocked = false;
  #isClosed = false;

  constructor(private readonly writeBytes: Write) {}

  /** Lines that were not written because the reader was too far behind, or is gone. */
  get dropped(): number {
    return this.#dropped;
  }

  /** From now on lines wait for up to BATCH_MS. */
  startBatches(): void {
    this.#isBatching = true;
  }

  write(line: string): void {
    if (this.#isClosed || this.#lines.length + line.length > BACKLOG_CHARS_MAX) return this.#drop();
    if (this.#unreported > 0) this.#reportDropped();
    this.#lines += line;
    if (this.#isBlocked) return;
    if (!this.#isBatching || this.lastLevel >= AT_ONCE || this.#lines.length >= BATCH_CHARS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS).unref();
  }

  /** For the end of the process: writes what waits; waits at most LAST_WAIT_MS for the reader. Later lines are written at once. */
  end(): void {
    this.#isBatching = false;
    this.#flush();
    for (let waited = 0; this.#isBlocked && waited < LAST_WAIT_MS; waited += FULL_RETRY_MS) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_RETRY_MS);
      this.#flush();
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isBlocked = false;
    try {
      while (this.#rest || this.#lines !== '') this.#writeSome();
    } catch (error) {
      this.#failed((error as NodeJS.ErrnoException).code);
    }
  }

  #writeSome(): void {
    const bytes = this.#rest ?? Buffer.from(this.#lines);
    if (!this.#rest) this.#lines = '';
    this.#rest = bytes;
    const written = this.writeBytes(bytes);
    this.#rest = written < bytes.length ? bytes.subarray(written) : undefined;
  }

  #failed(code: string | undefined): void {
    if (code === 'EPIPE') return this.#close();
    this.#isBlocked = true;
    const retryMs = code === 'EAGAIN' ? FULL_RETRY_MS : FAILED_RETRY_MS;
    this.#timer = setTimeout(() => this.#flush(), retryMs).unref();
  }

  /** No one reads any more, and no one can begin to. The gateway goes on: its ledger is the audit trail, not its log. */
  #close(): void {
    this.#isClosed = true;
    this.#dropped += (this.#lines.match(/\n/g) ?? []).length + (this.#rest ? 1 : 0);
    this.#lines = '';
    this.#rest = undefined;
  }

  #drop(): void {
    this.#dropped += 1;
    this.#unreported += 1;
  }

  #reportDropped(): void {
    const time = new Date().toISOString();
    const msg = `${this.#unreported} line(s) were dropped: what reads the log is too slow`;
    this.#lines += `${JSON.stringify({ level: 'warn', time, context: 'LogOutput', msg })}\n`;
    this.#unreported = 0;
  }
}

/** Of this process. A pipe is opened anew, so that only our writes do not wait: other processes may share the descriptor. */
export function standardOutput(): LogOutput {
  const descriptor = fstatSync(1).isFIFO() ? openedAnew() : 1;
  return new LogOutput((bytes) => writeSync(descriptor, bytes));
}

/** Where this is not possible (not Linux, no right to), a full pipe makes the process wait. */
function openedAnew(): number {
  try {
    const descriptor = openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK);
    if (fstatSync(descriptor).ino === fstatSync(1).ino) return descriptor;
    closeSync(descriptor);
    return 1;
  } catch {
    return 1;
  }
}
