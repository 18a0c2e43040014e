import type { AxiosAdapter, AxiosInstance } from 'axios';
import { handleWhen, retry, type IBackoffFactory, type RetryPolicy } from 'cockatiel';
import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';
import type { UpstreamTimeouts } from '../../config/upstream.timeouts.js';
import { requestContext } from '../../telemetry/request.context.js';
import { mayRetry, retryDelayMs, ATTEMPTS_MAX } from './retry.decision.js';
import { connectionRules } from './tls.rules.js';
import { ExchangeError, undiciAdapter } from './undici.adapter.js';
import {
  NoTrustworthyAnswerError,
  NotSentError,
  type UpstreamError,
  type UpstreamName,
} from './upstream.errors.js';
import { outcomeLabel } from './outcome.label.js';
import { recordAnswered, recordOutcome, type UpstreamState } from './upstream.health.js';

/** One vendor call as sent. */
export interface UpstreamCall {
  /** Name for logs, for example `product_grant`. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path under the base URL, query included; build it with `path` and `queryOf`. */
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** May be executed twice without harm: reads and token fetches. */
  readonly safe: boolean;
}

/** The vendor's response, unparsed. */
export interface UpstreamResponse {
  readonly status: number;
  readonly contentType: string;
  /** At most `RESPONSE_BYTES_MAX`. */
  readonly body: Buffer;
}

type Headers = Readonly<Record<string, string>>;

/** Supplies the credential and reads the response. */
export interface UpstreamExchange<T> {
  /** Headers with the credential. Called once per call and not retried here: fetching a credential has its own retries. */
  authorize(): Promise<Headers> | Headers;
  /** @throws UpstreamError */
  read(response: UpstreamResponse): T;
}

/**
 * The largest legitimate response is a page of 1,000 voucher groups of about 0.5 kB each. 4 MiB leaves room and keeps
 * 100 concurrent responses under 400 MiB.
 */
export const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

/** DNS, TCP and TLS on one continent take under 1 s. */
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * Shorter than the idle timeout of common servers (nginx 75 s, Node.js 5 s): a write on a socket that the server is
 * closing would have an unknown outcome.
 */
const KEEP_ALIVE_MS = 3_000;

export interface UpstreamChannelOptions {
  readonly upstream: UpstreamName;
  readonly baseUrl: string;
  readonly connections: number;
  readonly timeouts: UpstreamTimeouts;
  /** Trusted CA certificates as PEM; the public ones when omitted. */
  readonly ca?: string;
  readonly state: UpstreamState;
  /** Milliseconds left before the shutdown, which bound every call; no bound when omitted. */
  readonly msLeft?: () => number;
}

/** The call chain to one upstream of one tenant: credential, retry, socket. */
export class UpstreamChannel {
  readonly #options: UpstreamChannelOptions;
  readonly #axios: AxiosInstance;
  readonly #pool: Pool;
  readonly #adapter: AxiosAdapter;
  readonly #basePath: string;

  constructor(axios: AxiosInstance, options: UpstreamChannelOptions) {
    const { origin, pathname } = new URL(options.baseUrl);
    this.#options = options;
    this.#axios = axios;
    this.#basePath = pathname.replace(/\/$/, '');
    this.#pool = new Pool(origin, {
      connections: options.connections,
      connect: connectionRules(CONNECT_TIMEOUT_MS, options.ca),
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      pipelining: 1,
      // The socket phase of a failure is certain only with one request at a time per socket.
      allowH2: false,
    });
    this.#adapter = undiciAdapter(this.#pool, RESPONSE_BYTES_MAX);
  }

  get state(): UpstreamState {
    return this.#options.state;
  }

  /** Deadline of a call that starts now, on the clock of `performance.now`. */
  deadline(): number {
    return performance.now() + this.#options.timeouts.totalMs;
  }

  /** Sends the call, retries it where that is safe, and returns the result of `read`. */
  async send<T>(
    call: UpstreamCall,
    exchange: UpstreamExchange<T>,
    deadline: number = this.deadline(),
  ): Promise<T> {
    const until = Math.min(deadline, performance.now() + this.#msLeft());
    const credential = await this.#credential(call, exchange, until);
    return this.#retryPolicy(call, until).execute(async () => {
      const started = performance.now();
      try {
        const result = exchange.read(await this.#exchange(call, credential, until));
        this.#note(call, started);
        return result;
      } catch (error) {
        this.#note(call, started, error);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #note({ operation }: UpstreamCall, started: number, error?: unknown): void {
    recordOutcome(this.state, error);
    const seconds = (performance.now() - started) / 1_000;
    this.state.observe?.({ operation, outcome: outcomeLabel(error), seconds });
  }

  #retryPolicy({ safe }: UpstreamCall, deadline: number): RetryPolicy {
    const decision = handleWhen((error) => performance.now() < deadline && mayRetry(error, safe));
    return retry(decision, { maxAttempts: ATTEMPTS_MAX - 1, backoff: jitter });
  }

  async #credential(
    call: UpstreamCall,
    exchange: UpstreamExchange<unknown>,
    deadline: number,
  ): Promise<Headers> {
    const credential = exchange.authorize();
    if (!(credential instanceof Promise)) return credential;
    const late = Promise.withResolvers<never>();
    const error = new NotSentError(this.#details(call, 'no credential in time'));
    const timer = setTimeout(() => late.reject(error), deadline - performance.now());
    try {
      return await Promise.race([credential, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #exchange(call: UpstreamCall, credential: Headers, deadline: number): Promise<UpstreamResponse> {
    const started = performance.now();
    const { attemptMs } = this.#options.timeouts;
    const timeout = Math.min(attemptMs, deadline - started);
    if (timeout <= 0) throw new NotSentError(this.#details(call, 'no time left'));
    // Aborted by the end of the process, its outcome would be unknown.
    if (!call.safe && this.#msLeft() < attemptMs) {
      throw new NotSentError(this.#details(call, 'no time for a whole attempt before the shutdown'));
    }
    const context = requestContext.getStore();
    if (context) context.upstreamCalls += 1;
    try {
      const response = await this.#axios.request<Buffer>({
        adapter: this.#adapter,
        url: this.#basePath + call.path,
        method: call.method,
        headers: { accept: 'application/json', 'user-agent': 'tollgate', ...call.headers, ...credential },
        data: call.body,
        timeout,
        validateStatus: null,
        transformRequest: asIs,
        transformResponse: asIs,
      });
      recordAnswered(this.state, performance.now() - started);
      const contentType = String(response.headers['content-type'] ?? '');
      return { status: response.status, contentType, body: response.data };
    } catch (error) {
      throw this.#translate(call, error);
    }
  }

  #translate(call: UpstreamCall, error: unknown): UpstreamError {
    if (!(error instanceof ExchangeError)) throw error;
    const details = { ...this.#details(call, error.reason), cause: error };
    if (error.phase === 'not-sent') return new NotSentError(details);
    return new NoTrustworthyAnswerError(error.phase === 'unread' ? 'garbled' : 'lost', details);
  }

  #msLeft(): number {
    return this.#options.msLeft?.() ?? Infinity;
  }

  #details({ operation }: UpstreamCall, reason: string) {
    return { upstream: this.#options.upstream, operation, reason };
  }
}

const asIs = [(data: unknown): unknown => data];

const jitter: IBackoffFactory<unknown> = {
  next: () => ({ duration: retryDelayMs(Math.random), next: () => jitter.next(undefined) }),
};
