import { AxiosHeaders, type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { performance } from 'node:perf_hooks';
import type { Dispatcher, Pool } from 'undici';
import { requestContext } from '../../telemetry/request.context.js';
import { errorReason } from './error.reason.js';

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
    super(`${reason} (${phase})`, cause === undefined ? undefined : { cause });
    this.name = 'ExchangeError';
  }
}

/**
 * axios over an undici Pool: two to three times the throughput of the axios node adapter, and the socket phase of a
 * failure is known.
 * - `config.url` is the path as sent.
 * - `config.timeout` covers everything from waiting for a connection to the last byte.
 * - Redirects are not followed: a 3xx is a response like any other.
 */
export function undiciAdapter(pool: Pool, responseBytesMax: number): AxiosAdapter {
  return (config) =>
    new Promise<AxiosResponse<Buffer>>((resolve, reject) => {
      const exchange = new Exchange(config, responseBytesMax, resolve, reject);
      pool.dispatch(
        {
          path: config.url ?? '/',
          method: (config.method ?? 'get').toUpperCase(),
          headers: headersOf(config),
          body: (config.data as string | undefined) ?? null,
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        exchange,
      );
    });
}

function headersOf(config: InternalAxiosRequestConfig): Record<string, string> {
  return AxiosHeaders.from(config.headers).toJSON(true);
}

/** Handler of one request. Settles once; later events are ignored. */
class Exchange implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | undefined;
  #phase: SocketPhase = 'not-sent';
  #settled = false;
  #status = 0;
  #headers: Record<string, unknown> = {};
  #bytes = 0;
  readonly #chunks: Buffer[] = [];
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #until: number;
  readonly #maySend = requestContext.getStore()?.maySend;

  constructor(
    private readonly config: InternalAxiosRequestConfig,
    private readonly responseBytesMax: number,
    private readonly resolve: (response: AxiosResponse<Buffer>) => void,
    private readonly reject: (error: ExchangeError) => void,
  ) {
    this.#until = config.timeout ? performance.now() + config.timeout : Infinity;
    if (config.timeout) this.#timer = setTimeout(() => this.#fail('no response in time'), config.timeout);
  }

  /**
   * Called on a connected socket, just before the first byte is written. Throwing removes the request from the queue
   * and keeps the socket, which `controller.abort` would close.
   * - undici requeues a request when a socket ends in certain ways: one that was started is never started again.
   * - After a suspension of the process or the machine this may run before the timer fires. Another replica may have
   *   taken over the write by then, which `maySend` checks.
   */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled || performance.now() > this.#until) {
      throw new Error('given up while waiting for a connection');
    }
    if (this.#maySend?.() === false) throw new Error('the process may have been frozen');
    if (this.#phase === 'sent') throw new Error('started before');
    this.#controller = controller;
    this.#phase = 'sent';
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.responseBytesMax) {
      this.#chunks.push(chunk);
      return;
    }
    this.#phase = 'unread';
    this.#fail(`response over ${this.responseBytesMax} bytes`);
  }

  onResponseEnd(): void {
    if (!this.#settle()) return;
    this.resolve({
      data: Buffer.concat(this.#chunks),
      status: this.#status,
      statusText: '',
      headers: this.#headers as AxiosResponse['headers'],
      config: this.config,
    });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (!this.#settle()) return;
    // The parser errors of undici quote the response in `data`.
    const cause = 'data' in error ? undefined : error;
    this.reject(new ExchangeError(this.#phase, errorReason(error), cause));
  }

  #fail(reason: string): void {
    if (!this.#settle()) return;
    const error = new ExchangeError(this.#phase, reason);
    this.#controller?.abort(error);
    this.reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#timer);
    return true;
  }
}
