import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import type { HangUp } from '../../../telemetry/hang.up.js';
import type { Grant } from '../../budget/budget.types.js';
import { type CallBounds, msToStart } from '../call.bounds.js';
import { connectionReason, errorCode } from './error.reason.js';
import { CallEndedError, ExchangeError, type SocketPhase } from './exchange.error.js';

/**
 * After an attempt's time its caller gets the error at once, and the socket waits so long for the late response: until then
 * the vendor is probably still working on the call, which therefore keeps its place.
 */
const LINGER_MS = 2_000;

/** A wait for a connection that was given up after so long shows that the vendor does not accept one. */
const UNREACHABLE_AFTER_MS = 1_000;

/** Errors of undici that are about this process: the pool was closed, or the request was not valid. */
const OWN_ERRORS: ReadonlySet<string> = new Set([
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
  'UND_ERR_INVALID_ARG',
]);

/**
 * The largest legitimate response is a page of 1,000 voucher groups of about 0.5 kB each. 4 MiB leaves room and keeps
 * 100 concurrent responses under 400 MiB.
 */
export const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

export interface SocketRules {
  readonly bounds: CallBounds;
  /** Gets every report of this exchange but the outcome of a complete response, which only its reader knows. */
  readonly grant: Grant;
  /** Until the first byte is sent, an abort ends the exchange; after it, nothing does. */
  readonly hungUp: HangUp | undefined;
  /** Asked just before the first byte; false when the process may have been frozen. */
  readonly maySend: (() => boolean) | undefined;
}

interface Settlement {
  /** Of the request, for its response. */
  readonly config: InternalAxiosRequestConfig;
  resolve(response: AxiosResponse<Buffer>): void;
  reject(error: ExchangeError): void;
}

/** Handler of one request. Settles once; what comes later is only reported to the grant. */
export class SocketExchange implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | undefined;
  #phase: SocketPhase = 'not-sent';
  #settled = false;
  #status = 0;
  #headers: Record<string, unknown> = {};
  #bytes = 0;
  #chunks: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #startedAt = performance.now();
  readonly #onHangUp = () => this.#giveUp(new ExchangeError('not-sent', 'the caller hung up'), 'unsent');

  constructor(
    private readonly rules: SocketRules,
    private readonly settlement: Settlement,
  ) {}

  /** Called when the request was dispatched. With a free connection it has been sent by now, and nothing can end the wait. */
  awaitConnection(): void {
    if (this.#phase !== 'not-sent' || this.#settled) return;
    const { bounds, hungUp } = this.rules;
    this.#timer = setTimeout(
      () => this.#giveUp(new CallEndedError('not-sent', 'no connection in time'), this.#wait()),
      Math.max(0, msToStart(bounds, this.#startedAt)),
    );
    hungUp?.addEventListener('abort', this.#onHangUp);
  }

  /**
   * Called on a connected socket, just before the first byte is written. Throwing removes the request from the queue
   * and keeps the socket, which `controller.abort` would close.
   * - undici requeues a request when a socket ends in certain ways: one that was started is never started again.
   * - After a suspension of the process or the machine this may run before the timer fires. Another replica may have
   *   taken over the write by then, which `maySend` checks, and the place may belong to another call by then.
   */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    const refusal = this.#refusalToSend();
    if (refusal) {
      this.#giveUp(refusal, 'unsent');
      throw refusal;
    }
    this.#controller = controller;
    this.#phase = 'sent';
    clearTimeout(this.#timer);
    const { attemptMs, endsAt } = this.rules.bounds;
    const leftMs = endsAt - performance.now();
    const Late = leftMs < attemptMs ? CallEndedError : ExchangeError;
    // A process that was suspended, or had no CPU, runs its timers before it reads: what has arrived by then is read first.
    this.#timer = setTimeout(
      () => setImmediate(() => this.#lose(new Late('sent', 'no response in time'))),
      Math.max(0, Math.min(attemptMs, leftMs)),
    );
  }

  /** Informational responses too: a proxy can have sent those before the vendor counted the call. */
  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    if (status >= 200) this.rules.grant.head();
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= RESPONSE_BYTES_MAX) {
      if (!this.#settled) this.#chunks.push(chunk);
      return;
    }
    this.#phase = 'unread';
    const error = new ExchangeError('unread', `response over ${RESPONSE_BYTES_MAX} bytes`);
    if (this.#settle()) {
      this.rules.grant.outcome({ kind: 'failed' });
      this.settlement.reject(error);
    }
    this.#controller?.abort(error);
  }

  onResponseEnd(): void {
    if (!this.#settle()) return this.#free();
    const [first] = this.#chunks;
    this.settlement.resolve({
      data: first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks),
      status: this.#status,
      statusText: '',
      headers: this.#headers as AxiosResponse['headers'],
      config: this.settlement.config,
    });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#settle()) {
      const { grant } = this.rules;
      if (this.#phase === 'not-sent')
        grant.outcome({ kind: OWN_ERRORS.has(errorCode(error)) ? 'unsent' : 'unreachable' });
      else grant.outcome({ kind: 'lost' });
      const reason = connectionReason(error, this.#phase !== 'not-sent');
      // The parser errors of undici quote the response in `data`.
      this.settlement.reject(new ExchangeError(this.#phase, reason, 'data' in error ? undefined : error));
    }
    this.#free();
  }

  #refusalToSend(): ExchangeError | undefined {
    if (this.#settled || msToStart(this.rules.bounds, performance.now()) < 0) {
      return new CallEndedError('not-sent', 'given up while waiting for a connection');
    }
    const reason = this.#reasonNotToSend();
    return reason === undefined ? undefined : new ExchangeError('not-sent', reason);
  }

  #reasonNotToSend(): string | undefined {
    if (this.rules.hungUp?.aborted) return 'the caller hung up';
    if (this.rules.maySend?.() === false) return 'the process may have been frozen';
    if (this.#phase === 'sent') return 'started before';
    return this.rules.grant.maySend() ? undefined : 'its place in the budget is too old';
  }

  #wait(): 'unsent' | 'unreachable' {
    const { endsAt, closesAt } = this.rules.bounds;
    const isLong = performance.now() - this.#startedAt >= UNREACHABLE_AFTER_MS;
    return isLong || endsAt === closesAt ? 'unreachable' : 'unsent';
  }

  /** Before the first byte. Afterwards it does nothing: a call that was sent goes on. */
  #giveUp(error: ExchangeError, kind: 'unsent' | 'unreachable'): void {
    if (this.#phase !== 'not-sent' || !this.#settle()) return;
    this.rules.grant.outcome({ kind });
    this.settlement.reject(error);
    this.#free();
  }

  #lose(error: ExchangeError): void {
    if (!this.#settle()) return;
    this.rules.grant.outcome({ kind: 'lost' });
    this.#chunks = [];
    const closesInMs = (this.rules.bounds.closesAt ?? Infinity) - performance.now();
    // A timer may fire a millisecond early.
    if (closesInMs <= 1) this.#controller?.abort(error);
    else {
      const lingerMs = Math.min(LINGER_MS, closesInMs);
      this.#timer = setTimeout(() => this.#controller?.abort(error), lingerMs);
    }
    this.settlement.reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.rules.hungUp?.removeEventListener('abort', this.#onHangUp);
    return true;
  }

  /** The socket is free or closed: the place too. */
  #free(): void {
    clearTimeout(this.#timer);
    this.rules.grant.release();
  }
}
