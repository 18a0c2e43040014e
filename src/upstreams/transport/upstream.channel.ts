import type { AxiosInstance } from 'axios';
import { handleWhen, retry } from 'cockatiel';
import { performance } from 'node:perf_hooks';
import { deadlineMsEndingAt, type RequestContext, requestContext } from '../../telemetry/request.context.js';
import type { Grant } from '../budget/budget.types.js';
import { AccountPlaces } from './account.places.js';
import type { UpstreamChannelOptions } from './channel.options.js';
import { boundsOf, boundsOfProbe, type CallBounds, msToStart, probeMsOf, waitMsOf } from './call.bounds.js';
import { budgetOutcomeOf, type VendorQuota } from './budget.outcome.js';
import { CallEndedError, ExchangeError } from './socket/exchange.error.js';
import { ExpectedTimes } from './expected.times.js';
import { outcomeLabel } from './outcome.label.js';
import { BACKOFF, mayRetry, RETRIES_MAX } from './retry.decision.js';
import type {
  CredentialHeaders,
  FirstCall,
  RunningCall,
  UpstreamCall,
  UpstreamExchange,
  UpstreamResponse,
} from './upstream.call.js';
import {
  NoTrustworthyResponseError,
  NotSentError,
  UpstreamError,
  type UpstreamErrorDetails,
} from './upstream.errors.js';
import { recordResponse, recordOutcome, type UpstreamState } from './upstream.health.js';
import { UpstreamSocket } from './socket/upstream.socket.js';

const ENDING = 'no time for a whole attempt before the shutdown';

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
   * credential, budget, socket, and a retry of the last two. The circuit breaker is not a step of its own: it is the gate of
   * the account's budget, since only state that all replicas share can let exactly one probe through when it is half-open. A
   * breaker in each process would send one from each.
   */
  async send<T>(
    call: UpstreamCall,
    exchange: UpstreamExchange<T>,
    deadline: number = this.deadline(call),
  ): Promise<T> {
    const context = requestContext.getStore();
    const hungUp = call.isForAll ? undefined : context?.hungUp;
    const bounds = this.#bounds(call, deadline, context);
    const offered = exchange.authorize();
    const credential =
      offered instanceof Promise ? await this.#inTime(call, offered, { bounds, hungUp }) : offered;
    const running = { call, exchange, bounds, credential, context, hungUp };
    try {
      return await this.#attempt(running, false);
    } catch (error) {
      if (!this.#mayRetry(running, error)) throw error;
      return this.#retried(running, error);
    }
  }

  /** What the budget would refuse the call with now; undefined where it may well get a place. Takes none. */
  refusal(call: FirstCall): UpstreamError | undefined {
    const context = requestContext.getStore();
    const bounds = this.#bounds(call, this.deadline(), context);
    const expectedMs = this.#expected.of(call.operation);
    const waitMs = waitMsOf(bounds, expectedMs, performance.now());
    if (waitMs < 0) return undefined;
    return this.#places.refusal(call, context, {
      waitMs,
      isRetry: false,
      probeMs: probeMsOf(call, expectedMs),
    });
  }

  async close(): Promise<void> {
    await this.#socket.close();
  }

  #bounds(call: FirstCall, deadline: number, context: RequestContext | undefined): CallBounds {
    const { attemptMs, totalMs } = this.#options.timeouts;
    const ofRequest = call.isForAll ? undefined : context;
    const limits = { attemptMs, totalMs: Math.min(totalMs, ofRequest?.deadline?.totalMs ?? Infinity) };
    const endsAt = Math.min(deadline, performance.now() + this.#msLeft());
    return { ...boundsOf(endsAt, limits, call), deadlineMs: deadlineMsEndingAt(endsAt, ofRequest) };
  }

  async #inTime(
    call: UpstreamCall,
    credential: Promise<CredentialHeaders>,
    { bounds, hungUp }: Pick<RunningCall<unknown>, 'bounds' | 'hungUp'>,
  ): Promise<CredentialHeaders> {
    const late = Promise.withResolvers<never>();
    const hangUp = () => late.reject(new NotSentError(this.#details(call, 'the caller hung up')));
    const ended = this.#details(call, 'no credential in time', bounds.deadlineMs);
    const giveUp = () => late.reject(new NotSentError(ended));
    const timer = setTimeout(giveUp, msToStart(bounds, performance.now()));
    hungUp?.addEventListener('abort', hangUp);
    try {
      return await Promise.race([credential, late.promise]);
    } finally {
      clearTimeout(timer);
      hungUp?.removeEventListener('abort', hangUp);
    }
  }

  #mayRetry({ call, bounds, hungUp }: RunningCall<unknown>, error: unknown): boolean {
    return !hungUp?.aborted && msToStart(bounds, performance.now()) > 0 && mayRetry(error, call.safe);
  }

  /** The retry policy counts the failed call as its first attempt, so that a call that succeeds at once does not need it. */
  #retried<T>(running: RunningCall<T>, error: unknown): Promise<T> {
    const decision = handleWhen((failure) => this.#mayRetry(running, failure));
    return retry(decision, { maxAttempts: RETRIES_MAX, backoff: BACKOFF }).execute(({ attempt }) => {
      if (attempt === 0) throw error;
      return this.#attempt(running, true, error);
    });
  }

  /** @param failure why the call failed before: a retry that is not admitted, or too late, does not hide it */
  async #attempt<T>(running: RunningCall<T>, isRetry: boolean, failure?: unknown): Promise<T> {
    let grant: Grant;
    try {
      const place = this.#place(running, isRetry);
      grant = place instanceof Promise ? await place : place;
    } catch (error) {
      throw failure !== undefined && error instanceof UpstreamError ? failure : error;
    }
    const started = performance.now();
    const bounds = boundsOfProbe(running.bounds, running.call, grant.msLeft(), started);
    try {
      const response = await this.#exchange({ ...running, bounds }, grant, started);
      const result = this.#read(running.exchange, response, grant);
      this.#record(running.call, started, undefined);
      return result;
    } catch (error) {
      this.#record(running.call, started, error);
      throw error;
    }
  }

  /** @throws UpstreamError */
  #place({ call, bounds, context }: RunningCall<unknown>, isRetry: boolean): Grant | Promise<Grant> {
    const expectedMs = this.#expected.of(call.operation);
    const waitMs = waitMsOf(bounds, expectedMs, performance.now());
    if (waitMs < 0) {
      const reason = this.#isEnding() ? ENDING : 'no time left';
      throw new NotSentError(this.#details(call, reason, bounds.deadlineMs));
    }
    return this.#places.take(call, context, { waitMs, isRetry, probeMs: probeMsOf(call, expectedMs) });
  }

  async #exchange(running: RunningCall<unknown>, grant: Grant, started: number): Promise<UpstreamResponse> {
    const { call, credential, bounds, hungUp, context } = running;
    try {
      // The shutdown may have begun during the wait. Aborted by the end of the process, its outcome would be unknown.
      if (!call.safe && this.#isEnding()) throw new ExchangeError('not-sent', ENDING);
      if (context) context.upstreamCalls += 1;
      const rules = { bounds, hungUp, grant, maySend: context?.maySend };
      const response = await this.#socket.exchange(call, credential, rules);
      const tookMs = performance.now() - started;
      recordResponse(this.state, tookMs);
      this.#expected.note(call.operation, tookMs);
      return response;
    } catch (error) {
      if (!(error instanceof ExchangeError) || error.phase === 'not-sent') {
        grant.outcome({ kind: 'unsent' });
        grant.release();
      }
      throw this.#translate(running, error);
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
      grant.outcome(budgetOutcomeOf(failure, quota));
      grant.release();
    }
  }

  #record({ operation }: UpstreamCall, started: number, failure: unknown): void {
    recordOutcome(this.state, failure);
    const seconds = (performance.now() - started) / 1_000;
    this.state.observe?.({ operation, outcome: outcomeLabel(failure), seconds });
  }

  #translate({ call, bounds }: RunningCall<unknown>, error: unknown): UpstreamError {
    if (!(error instanceof ExchangeError)) throw error;
    const deadlineMs = error instanceof CallEndedError ? bounds.deadlineMs : undefined;
    const details = { ...this.#details(call, error.reason, deadlineMs), cause: error };
    if (error.phase === 'not-sent') return new NotSentError(details);
    return new NoTrustworthyResponseError(error.phase === 'unread' ? 'garbled' : 'lost', details);
  }

  /** Less than a whole attempt is left before the shutdown. */
  #isEnding(): boolean {
    return this.#msLeft() < this.#options.timeouts.attemptMs;
  }

  #msLeft(): number {
    return this.#options.msLeft?.() ?? Infinity;
  }

  #details({ operation }: UpstreamCall, reason: string, deadlineMs?: number): UpstreamErrorDetails {
    return { upstream: this.#options.upstream, operation, reason, deadlineMs };
  }
}
