import { pause, type Surroundings } from './call.clock.js';
import { CallHistory } from './call.history.js';
import type { AttemptReport } from './client.options.js';
import { isResult, problemIn, retryAfterMs } from './problem.body.js';
import { type Failure, mayHaveBeenSent, mayRepeat, pauseMs, type Protection } from './retry.policy.js';

const DEADLINE_HEADER = 'Tollgate-Deadline-Ms';

/** The longest deadline that the gateway accepts. */
const DEADLINE_HEADER_MAX = 120_000;

/** The gateway ends a call at its deadline: its response needs some time to arrive. */
const GRACE_MS = 1_000;

/** The version of this package, for the operators of the gateway. */
export const USER_AGENT = 'tollgate-client/0.1.0';

/** One call of the API. */
export interface Call {
  readonly name: string;
  readonly request: Request;
  readonly protection: Protection;
  readonly idempotencyKey: string | undefined;
  /** The key of the caller, read before each attempt: it may have been replaced. */
  readonly key: () => string | Promise<string>;
  /** Of all attempts and pauses together, in milliseconds. */
  readonly deadlineMs: number;
  /** Attempts in all. */
  readonly attemptsMax: number;
  readonly signal: AbortSignal | undefined;
  readonly onAttempt: ((attempt: AttemptReport) => void) | undefined;
}

export interface Sent {
  readonly response: Response;
  readonly requestId: string;
  readonly attempts: number;
}

type Result = { readonly kind: 'success'; readonly response: Response } | Failure;

/** Sends the requests of calls, and repeats what may be repeated. */
export class CallSender {
  constructor(private readonly surroundings: Surroundings) {}

  /**
   * Sends a call until it succeeds, fails for good, or its deadline leaves no time.
   * @throws TollgateError with what is known of its outcome
   */
  async send(call: Call): Promise<Sent> {
    const { now } = this.surroundings;
    const history = new CallHistory(call.name, call.protection, call.idempotencyKey);
    // Every attempt has the same bytes.
    const body = call.request.body === null ? undefined : await call.request.text();
    const endsAt = now() + call.deadlineMs;
    for (let leftMs = call.deadlineMs; ; leftMs = endsAt - now()) {
      if (call.signal?.aborted) throw history.aborted(call.signal.reason);
      const headers = this.#headersOf(call, history, leftMs);
      const begin = now();
      const result = await this.#attempt(call, { headers, body, leftMs });
      report(call, history, result, now() - begin);
      if (result.kind === 'success') return sentOf(result.response, history);
      await this.#settle({ call, history, result, endsAt });
    }
  }

  /** Records a failed attempt and waits for the next one; throws where there is none. */
  async #settle({ call, history, result, endsAt }: Settled): Promise<void> {
    const { now, date, random } = this.surroundings;
    // The time left is our own choice: the problem of the attempt before is what failed.
    if (history.attempts > 1 && isTooLate(result)) throw history.error();
    const problem = result.kind === 'problem' ? result.problem : undefined;
    const waitMs = result.kind === 'lost' ? undefined : retryAfterMs(result.headers, problem, date());
    history.record(result, waitMs);
    if (call.signal?.aborted) throw history.aborted(call.signal.reason);
    if (history.attempts >= call.attemptsMax || !mayRepeat(result, call.protection)) throw history.error();
    const leftMs = endsAt - now();
    const { attempts } = history;
    const ms = pauseMs({ failure: result, attempts, retryAfterMs: waitMs, leftMs, random: random() });
    if (leftMs - ms < 1) throw history.error();
    await pause(ms, call.signal, this.surroundings);
  }

  #headersOf({ request, idempotencyKey }: Call, history: CallHistory, leftMs: number): Headers {
    const headers = new Headers(request.headers);
    const given = headers.get('X-Request-Id');
    const repeats = history.attempts;
    const own = given && repeats > 0 ? `${given}.${repeats + 1}` : given;
    const requestId = own ?? this.surroundings.newId();
    history.requestIds.push(requestId);
    headers.set('X-Request-Id', requestId);
    if (!headers.has('User-Agent')) headers.set('User-Agent', USER_AGENT);
    if (idempotencyKey !== undefined) headers.set('Idempotency-Key', idempotencyKey);
    headers.set(DEADLINE_HEADER, String(Math.min(Math.floor(leftMs), DEADLINE_HEADER_MAX)));
    return headers;
  }

  async #attempt({ key, request, signal }: Call, { headers, body, leftMs }: Attempt): Promise<Result> {
    const ending = new AbortController();
    const cancel = this.surroundings.after(leftMs + GRACE_MS, () => {
      ending.abort(new DOMException('The deadline ended before a response arrived', 'TimeoutError'));
    });
    const abort = () => ending.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    let isSending = false;
    try {
      headers.set('Authorization', `Bearer ${checkedKey(await key())}`);
      const { url, method } = request;
      // A redirect would turn a POST into a GET.
      const init = { method, headers, redirect: 'manual', signal: ending.signal } as const;
      isSending = true;
      const response = await this.surroundings.fetch(
        new Request(url, body === undefined ? init : { ...init, body }),
      );
      return resultOf(response, await response.text());
    } catch (error) {
      return { kind: 'lost', error, wasSent: isSending && mayHaveBeenSent(error) };
    } finally {
      cancel();
      signal?.removeEventListener('abort', abort);
    }
  }
}

interface Attempt {
  readonly headers: Headers;
  readonly body: string | undefined;
  readonly leftMs: number;
}

interface Settled {
  readonly call: Call;
  readonly history: CallHistory;
  readonly result: Failure;
  readonly endsAt: number;
}

function resultOf({ status, headers, ok }: Response, text: string): Result {
  if (ok && isResult(headers, text))
    return { kind: 'success', response: new Response(text, { status, headers }) };
  const problem = ok ? undefined : problemIn(headers, text);
  return problem ? { kind: 'problem', problem, status, headers } : { kind: 'foreign', status, headers };
}

function report(
  { name, idempotencyKey, onAttempt }: Call,
  history: CallHistory,
  result: Result,
  ms: number,
): void {
  const { code, outcome, operationId } = (result.kind === 'problem' && result.problem) || {};
  const { status } = result.kind === 'success' ? result.response : { status: undefined, ...result };
  const ids = { attempt: history.attempts, requestId: history.requestIds.at(-1) ?? '', idempotencyKey };
  try {
    onAttempt?.({ call: name, ...ids, status, code, outcome, operationId, durationMs: ms });
  } catch {
    // A log that fails must not change the result of a write.
  }
}

function sentOf(response: Response, { requestIds, attempts }: CallHistory): Sent {
  const requestId = response.headers.get('X-Request-Id') ?? requestIds.at(-1) ?? '';
  return { response, requestId, attempts };
}

/** Whether the gateway refuses a write because too little time is left for it. */
function isTooLate(result: Failure): boolean {
  const errors = (result.kind === 'problem' && result.problem.errors) || [];
  return errors.length > 0 && errors.every(({ pointer }) => pointer === `/headers/${DEADLINE_HEADER}`);
}

/** The key without the line end of a file. `Headers` would put a malformed one into its error. */
function checkedKey(key: string): string {
  const trimmed = key.trim();
  if (!/^[!-~]+$/.test(trimmed))
    throw new TypeError('The key is empty, or has other than visible ASCII characters');
  return trimmed;
}
