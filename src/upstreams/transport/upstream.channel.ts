import type { AxiosAdapter, AxiosInstance } from 'axios';
import { handleWhen, retry, type IBackoffFactory, type RetryPolicy } from 'cockatiel';
import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';
import type { UpstreamTimeouts } from '../../config/settings.js';
import { requestContext } from '../../telemetry/request.context.js';
import { mayRepeat, repeatDelayMs, TRIES_MAX } from './retry.decision.js';
import { connectionRules } from './tls.rules.js';
import { ExchangeError, undiciAdapter } from './undici.adapter.js';
import {
  NoTrustworthyAnswerError,
  NotSentError,
  type UpstreamError,
  type UpstreamName,
} from './upstream.errors.js';
import { outcomeOf } from './upstream.outcome.js';
import { recordAnswered, recordOutcome, type UpstreamState } from './upstream.health.js';

/** One vendor call as it goes on the wire. */
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

/** The vendor's answer, unread. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly contentType: string;
  /** At most `ANSWER_BYTES_MAX`. */
  readonly body: Buffer;
}

type Headers = Readonly<Record<string, string>>;

/** Gives the credential that is added as the last step, and reads the answer or throws an UpstreamError. */
export interface UpstreamExchange<T> {
  /** Asked once a call. What it throws ends the call: fetching a credential has repeats of its own. */
  authorize(): Promise<Headers> | Headers;
  read(answer: UpstreamAnswer): T;
}

/**
 * The largest honest answer is a page of 1,000 voucher groups of about 0.5 kB; 4 MiB leaves room and keeps 100
 * answers at once under 400 MiB.
 */
export const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** A connection that is not there after this is not coming: DNS, TCP and TLS on one continent take under 1 s. */
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * Idle sockets are closed by us before common servers close them (nginx 75 s, node 5 s): a write on a socket that
 * is being closed would end as an unknown outcome.
 */
const KEEP_ALIVE_MS = 3_000;

export interface UpstreamChannelOptions {
  readonly upstream: UpstreamName;
  readonly baseUrl: string;
  readonly connections: number;
  readonly timeouts: UpstreamTimeouts;
  /** Certificates of the authorities to trust, as PEM; the public ones when left out. */
  readonly ca?: string;
  readonly state: UpstreamState;
  /** Milliseconds within which calls have to be over, whatever their time limits; no limit when left out. */
  readonly msLeft?: () => number;
}

/** The way to one upstream of one tenant: credential, repeat decision, socket, in this order. */
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
      // One request at a time on a socket is what makes the socket phase of a failure certain.
      allowH2: false,
    });
    this.#adapter = undiciAdapter(this.#pool, ANSWER_BYTES_MAX);
  }

  get state(): UpstreamState {
    return this.#options.state;
  }

  /** When a call that starts now has to be over, on the clock of `performance.now`. */
  deadline(): number {
    return performance.now() + this.#options.timeouts.totalMs;
  }

  /** Sends the call, repeats it where that is safe, and answers what `read` made of the answer. */
  async send<T>(
    call: UpstreamCall,
    exchange: UpstreamExchange<T>,
    deadline: number = this.deadline(),
  ): Promise<T> {
    const until = Math.min(deadline, performance.now() + this.#msLeft());
    const credential = await this.#credential(call, exchange, until);
    return this.#repeating(call, until).execute(async () => {
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
    this.state.observe?.({ operation, outcome: outcomeOf(error), seconds });
  }

  #repeating({ safe }: UpstreamCall, deadline: number): RetryPolicy {
    const decision = handleWhen((error) => performance.now() < deadline && mayRepeat(error, safe));
    return retry(decision, { maxAttempts: TRIES_MAX - 1, backoff: jitter });
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

  async #exchange(call: UpstreamCall, credential: Headers, deadline: number): Promise<UpstreamAnswer> {
    const started = performance.now();
    const { attemptMs } = this.#options.timeouts;
    const timeout = Math.min(attemptMs, deadline - started);
    if (timeout <= 0) throw new NotSentError(this.#details(call, 'no time left'));
    // Cut off by the end of the process, its outcome would be unknown.
    if (!call.safe && this.#msLeft() < attemptMs) {
      throw new NotSentError(this.#details(call, 'no time for a whole attempt before the shutdown'));
    }
    const context = requestContext.getStore();
    if (context) context.upstreamCalls += 1;
    try {
      const answer = await this.#axios.request<Buffer>({
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
      const contentType = String(answer.headers['content-type'] ?? '');
      return { status: answer.status, contentType, body: answer.data };
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
  next: () => ({ duration: repeatDelayMs(Math.random), next: () => jitter.next(undefined) }),
};
