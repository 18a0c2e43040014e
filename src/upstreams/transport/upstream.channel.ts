import type { AxiosInstance } from 'axios';
import { ExponentialBackoff, fullJitterGenerator, handleWhen, retry, type RetryPolicy } from 'cockatiel';
import { performance } from 'node:perf_hooks';
import type { UpstreamTimeouts } from '../../config/upstream.timeouts.js';
import { requestContext } from '../../telemetry/request.context.js';
import type { Grant } from '../budget/budget.types.js';
import { AccountPlaces, type ChannelAccount } from './account.places.js';
import { boundsOf, type CallBounds, msToStart, waitMsOf } from './call.bounds.js';
import { outcomeOf, type VendorQuota } from './call.outcome.js';
import { ExchangeError } from './exchange.error.js';
import { ExpectedTimes } from './expected.times.js';
import { outcomeLabel } from './outcome.label.js';
import { mayRetry, RETRIES_MAX, RETRY_DELAY_MS_MAX } from './retry.decision.js';
import type { CredentialHeaders, UpstreamCall, UpstreamExchange, UpstreamResponse } from './upstream.call.js';
import {
  NoTrustworthyAnswerError,
  NotSentError,
  UpstreamError,
  type UpstreamName,
} from './upstream.errors.js';
import { recordAnswered, recordOutcome, type UpstreamState } from './upstream.health.js';
import { UpstreamSocket, type UpstreamSocketOptions } from './upstream.socket.js';

export interface UpstreamChannelOptions extends UpstreamSocketOptions {
  readonly upstream: UpstreamName;
  readonly timeouts: UpstreamTimeouts;
  readonly state: UpstreamState;
  /** Asked at each attempt: a reload changes limits at once. */
  readonly account: () => ChannelAccount;
  /** Milliseconds left before the shutdown, which bound every call; no bound when omitted. */
  readonly msLeft?: () => number;
}

/** One call with everything that its attempts share. */
interface RunningCall<T> {
  readonly call: UpstreamCall;
  readonly exchange: UpstreamExchange<T>;
  readonly bounds: CallBounds;
  readonly credential: CredentialHeaders;
  readonly hungUp: AbortSignal | undefined;
}

const ENDING = 'no time for a whole attempt before the shutdown';

const BACKOFF = new ExponentialBackoff({
  generator: fullJitterGenerator,
  initialDelay: RETRY_DELAY_MS_MAX,
  maxDelay: RETRY_DELAY_MS_MAX,
});

/** The call chain to one upstream of one tenant. */
export class UpstreamChannel {
  readonly #options: UpstreamChannelOptions;
  readonly #places: AccountPlaces;
  readonly #socket: UpstreamSocket;
  readonly #expected = new ExpectedTimes();

  constructor(axios: AxiosInstance, options: UpstreamChannelOptions) {
    this.#options = options;
    this.#places = new AccountPlaces(options.upstream, options.account);
    this.#socket = new UpstreamSocket(axios, options);
  }

  get state(): UpstreamState {
    return this.#options.state;
  }

  /** Deadline of a call that starts now, on the clock of `performance.now`. */
  deadline({ isForAll = false }: Pick<UpstreamCall, 'isForAll'> = {}): number {
    const ofRequest = isForAll ? undefined : requestContext.getStore()?.deadline;
    return Math.min(performance.now() + this.#options.timeouts.totalMs, ofRequest?.endsAt ?? Infinity);
  }

  /**
   * Sends the call, retries it where that is safe, and returns the result of `read`. The chain, top to bottom: deadline,
   * credential, retry, budget, socket. The circuit breaker is not a step of its own: it is the gate of the account's budget,
   * since only state that all replicas share can let exactly one probe through when it is half-open. A breaker in each
   * process would send one from each.
   */
  async send<T>(
    call: UpstreamCall,
    exchange: UpstreamExchange<T>,
    deadline: number = this.deadline(call),
  ): Promise<T> {
    const hungUp = call.isForAll ? undefined : requestContext.getStore()?.hungUp;
    const bounds = this.#bounds(call, deadline);
    const credential = await this.#credential(call, exchange, { bounds, hungUp });
    const running = { call, exchange, bounds, credential, hungUp };
    let failure: unknown;
    return this.#retries(running).execute(async ({ attempt }) => {
      const grant = await this.#place(running, attempt > 0).catch((error: unknown) => {
        // A retry that is not admitted, or too late, does not hide why the call failed.
        throw failure !== undefined && error instanceof UpstreamError ? failure : error;
      });
      return this.#attempt(running, grant).catch((error: unknown) => {
        throw (failure = error);
      });
    });
  }

  async close(): Promise<void> {
    await this.#socket.close();
  }

  #bounds(call: UpstreamCall, deadline: number): CallBounds {
    const { timeouts } = this.#options;
    const ofRequest = call.isForAll ? undefined : requestContext.getStore()?.deadline;
    const totalMs = Math.min(timeouts.totalMs, ofRequest?.totalMs ?? Infinity);
    const endsAt = Math.min(deadline, performance.now() + this.#msLeft());
    return boundsOf(endsAt, { ...timeouts, totalMs }, call);
  }

  async #credential<T>(
    call: UpstreamCall,
    exchange: UpstreamExchange<T>,
    { bounds, hungUp }: Pick<RunningCall<T>, 'bounds' | 'hungUp'>,
  ): Promise<CredentialHeaders> {
    const credential = exchange.authorize();
    if (!(credential instanceof Promise)) return credential;
    const late = Promise.withResolvers<never>();
    const giveUp = (reason: string) => late.reject(new NotSentError(this.#details(call, reason)));
    const hangUp = () => giveUp('the caller hung up');
    const timer = setTimeout(() => giveUp('no credential in time'), msToStart(bounds, performance.now()));
    hungUp?.addEventListener('abort', hangUp, { once: true });
    try {
      return await Promise.race([credential, late.promise]);
    } finally {
      clearTimeout(timer);
      hungUp?.removeEventListener('abort', hangUp);
    }
  }

  #retries({ call, bounds, hungUp }: RunningCall<unknown>): RetryPolicy {
    const decision = handleWhen(
      (error) => !hungUp?.aborted && msToStart(bounds, performance.now()) > 0 && mayRetry(error, call.safe),
    );
    return retry(decision, { maxAttempts: RETRIES_MAX, backoff: BACKOFF });
  }

  async #place({ call, bounds }: RunningCall<unknown>, isRetry: boolean): Promise<Grant> {
    const waitMs = waitMsOf(bounds, this.#expected.of(call.operation), performance.now());
    if (waitMs < 0) throw new NotSentError(this.#details(call, this.#isEnding() ? ENDING : 'no time left'));
    return this.#places.take(call, { waitMs, isRetry });
  }

  async #attempt<T>({ call, exchange, ...rest }: RunningCall<T>, grant: Grant): Promise<T> {
    const started = performance.now();
    let failure: unknown;
    try {
      const response = await this.#exchange(call, rest, grant);
      return this.#read(exchange, response, grant);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      recordOutcome(this.state, failure);
      const seconds = (performance.now() - started) / 1_000;
      this.state.observe?.({ operation: call.operation, outcome: outcomeLabel(failure), seconds });
    }
  }

  async #exchange(
    call: UpstreamCall,
    { credential, bounds, hungUp }: Omit<RunningCall<unknown>, 'call' | 'exchange'>,
    grant: Grant,
  ): Promise<UpstreamResponse> {
    const started = performance.now();
    const context = requestContext.getStore();
    try {
      // The shutdown may have begun during the wait. Aborted by the end of the process, its outcome would be unknown.
      if (!call.safe && this.#isEnding()) throw new ExchangeError('not-sent', ENDING);
      if (context) context.upstreamCalls += 1;
      const response = await this.#socket.exchange(call, credential, { bounds, hungUp, grant });
      recordAnswered(this.state, performance.now() - started);
      this.#expected.note(call.operation, performance.now() - started);
      return response;
    } catch (error) {
      if (!(error instanceof ExchangeError) || error.phase === 'not-sent') {
        grant.outcome({ kind: 'unsent' });
        grant.release();
      }
      throw this.#translate(call, error);
    }
  }

  #read<T>(exchange: UpstreamExchange<T>, response: UpstreamResponse, grant: Grant): T {
    let quota: VendorQuota | undefined;
    let failure: unknown;
    try {
      return exchange.read(response, (reported) => (quota = reported));
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      grant.outcome(outcomeOf(failure, quota));
      grant.release();
    }
  }

  #translate(call: UpstreamCall, error: unknown): UpstreamError {
    if (!(error instanceof ExchangeError)) throw error;
    const details = { ...this.#details(call, error.reason), cause: error };
    if (error.phase === 'not-sent') return new NotSentError(details);
    return new NoTrustworthyAnswerError(error.phase === 'unread' ? 'garbled' : 'lost', details);
  }

  /** Less than a whole attempt is left before the shutdown. */
  #isEnding(): boolean {
    return this.#msLeft() < this.#options.timeouts.attemptMs;
  }

  #msLeft(): number {
    return this.#options.msLeft?.() ?? Infinity;
  }

  #details({ operation }: UpstreamCall, reason: string) {
    return { upstream: this.#options.upstream, operation, reason };
  }
}
