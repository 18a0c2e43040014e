import { performance } from 'node:perf_hooks';
import { deadlineMsEndingAt, requestContext, type RequestContext } from '../../telemetry/request.context.js';
import { NoTrustworthyResponseError, type UpstreamName } from '../transport/upstream.errors.js';

/** One read of a vendor that several requests may wait for. */
export interface SharedCall<T> {
  readonly upstream: UpstreamName;
  /** Name for logs, for example `product_get`. */
  readonly operation: string;
  /** Makes the call. Runs without the deadline of the request that needed it first, and outlives that request. */
  readonly start: () => Promise<T>;
}

/**
 * A call under way, with its own deadline. It ends early only when the last waiting request has left, and then only if
 * nothing was sent yet.
 */
export class Flight<T, Mark> {
  readonly #abandoned = new AbortController();
  readonly #context: RequestContext;
  readonly #result: Promise<T>;
  #waiting = 0;
  #hasBegun = false;
  #isOver = false;

  /**
   * @param mark what decides which requests may join
   * @param onOver runs once, before any waiting request learns the result
   * @param after begins only when this flight is over
   */
  constructor(
    private readonly call: SharedCall<T>,
    readonly mark: Mark,
    private readonly onOver: (flight: Flight<T, Mark>) => void,
    after?: Flight<T, Mark>,
  ) {
    this.#context = contextOf(this.#abandoned.signal);
    this.#result = after ? after.over().then(() => this.#run()) : this.#run();
    // When every waiting request has left, nothing else handles a failure.
    this.#result.catch(() => undefined);
  }

  /** Requests that wait for the result. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The call may have been sent. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** It has succeeded, failed or been abandoned. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when the call has ended. */
  over(): Promise<void> {
    return this.#result.then(ignore, ignore);
  }

  /**
   * The result, for the current request; it leaves the flight when it hangs up.
   * @param endsAt on the clock of `performance.now`
   * @throws UpstreamError that of the call, or NoTrustworthyResponseError when the request cannot wait any longer
   */
  wait(endsAt: number): Promise<T> {
    const context = requestContext.getStore();
    const hungUp = context?.hungUp;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting += 1;
    const done = () => {
      clearTimeout(timer);
      hungUp?.removeEventListener('abort', hangUp);
      if (context) this.#report(context);
    };
    const leave = (reason: string, deadlineMs?: number) => {
      done();
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#abandon();
      reject(new NoTrustworthyResponseError('lost', { ...this.#details(), reason, deadlineMs }));
    };
    const hangUp = () => leave('the caller hung up');
    const late = () => leave('no response in time', deadlineMsEndingAt(endsAt, context));
    const timer = setTimeout(late, Math.max(0, endsAt - performance.now()));
    hungUp?.addEventListener('abort', hangUp, { once: true });
    if (hungUp?.aborted) hangUp();
    void this.#result.finally(done).then(resolve, reject);
    return promise;
  }

  async #run(): Promise<T> {
    try {
      if (this.#abandoned.signal.aborted) throw new Error('abandoned before it began');
      this.#hasBegun = true;
      return await requestContext.run(this.#context, this.call.start);
    } finally {
      this.#end();
    }
  }

  #abandon(): void {
    this.#end();
    this.#abandoned.abort();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onOver(this);
  }

  /** The log line and the rate limit headers of the first request count the calls. */
  #report(context: RequestContext): void {
    const { upstreamCalls, upstreamPolicy } = this.#context;
    context.upstreamCalls += upstreamCalls;
    this.#context.upstreamCalls = 0;
    if (upstreamPolicy) context.upstreamPolicy = upstreamPolicy;
  }

  #details() {
    const { upstream, operation } = this.call;
    return { upstream, operation };
  }
}

/** The current request's, without what would let that request end the call. */
function contextOf(hungUp: AbortSignal): RequestContext {
  const { requestId = '', traceId, caller, tenant, share } = requestContext.getStore() ?? {};
  return {
    requestId,
    upstreamCalls: 0,
    startedAt: performance.now(),
    hungUp,
    ...(traceId !== undefined && { traceId }),
    ...(caller !== undefined && { caller }),
    ...(tenant !== undefined && { tenant }),
    ...(share && { share }),
  };
}

function ignore(): void {}
