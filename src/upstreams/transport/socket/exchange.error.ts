/**
 * How far a request had come when it failed. `not-sent`: no byte was sent; `sent`: the upstream may have received it;
 * `unread`: the response exceeded the size limit.
 */
export type SocketPhase = 'not-sent' | 'sent' | 'unread';

/** A request without a complete response. The cause never carries response data. */
export class ExchangeError extends Error {
  constructor(
    readonly phase: SocketPhase,
    readonly reason: string,
    cause?: unknown,
  ) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'ExchangeError';
  }
}

/** The time of the whole call ended, not only that of the attempt. */
export class CallEndedError extends ExchangeError {}
