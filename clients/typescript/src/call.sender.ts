import { onAbort, unlessAborted } from './abort.listeners.js';
import { pause, type Surroundings } from './call.clock.js';
import { CallHistory } from './call.history.js';
import type { AttemptReport } from './client.options.js';
import { loggedCause } from './logged.cause.js';
import { isResult, problemIn, retryAfterMs } from './problem.body.js';
import { type Failure, mayHaveBeenSent, mayRepeat, pauseMs, type Protection } from './retry.policy.js';

const DEADLINE_HEADER = 'Tollgate-Deadline-Ms';

/** The longest deadline that the gateway accepts. */
const DEADLINE_HEADER_MAX = 120_000;

/** The gateway ends a call at its deadline: its response needs some time to arrive. */
const GRACE_MS = 1_000;

const REQUEST_ID_LENGTH_MAX = 128;

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
  readonly onAttempt: ((attempt: AttemptReport) => unknown) | undefined;
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
    for (;;) {
      if (call.signal?.aborted) throw history.aborted(call.signal.reason);
      // A timer can be late.
      if (history.attempts > 0 && endsAt - now() < 1) throw history.error();
      const headers = this.#headersOf(call, history);
      const begin = now();
      const isFirst = history.attempts === 1;
      const result = await this.#attempt(call, { headers, body, endsAt, isFirst });
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

  #headersOf({ request, idempotencyKey }: Call, history: CallHistory): Headers {
    const headers = new Headers(request.headers);
    const given = headers.get('X-Request-Id');
    const repeats = history.attempts;
    const own = given && repeats > 0 ? numbered(given, repeats + 1) : given;
    const requestId = own ?? this.surroundings.newId();
    history.requestIds.push(requestId);
    headers.set('X-Request-Id', requestId);
    if (!headers.has('User-Agent')) headers.set('User-Agent', USER_AGENT);
    if (idempotencyKey !== undefined) headers.set('Idempotency-Key', idempotencyKey);
    return headers;
  }

  /** @throws TypeError before anything was sent, for a key that no gateway can accept */
  async #attempt(call: Call, { headers, body, endsAt, isFirst }: Attempt): Promise<Result> {
    const { after, now, fetch } = this.surroundings;
    const { key, signal, request } = call;
    const ending = new AbortController();
    const timeOut = () =>
      ending.abort(new DOMException('The deadline ended before a response arrived', 'TimeoutError'));
    const cancel = after(endsAt - now() + GRACE_MS, timeOut);
    const ignore = onAbort(signal, () => ending.abort(signal?.reason));
    let isSending = false;
    let secret = '';
    try {
      secret = checkedKey(await unlessAborted(ending.signal, key));
      headers.set('Authorization', `Bearer ${secret}`);
      // Less than before, where the key has taken its time.
      const leftMs = Math.min(Math.floor(endsAt - now()), DEADLINE_HEADER_MAX);
      if (leftMs < 1) timeOut();
      headers.set(DEADLINE_HEADER, String(leftMs));
      // A redirect would turn a POST into a GET.
      const init = { method: request.method, headers, redirect: 'manual', signal: ending.signal } as const;
      const sent = new Request(request.url, body === undefined ? init : { ...init, body });
      return await unlessAborted(ending.signal, async () => {
        isSending = true;
        const response = await fetch(sent);
        return resultOf(response, await response.text());
      });
    } catch (thrown) {
      // No pause makes it better. Later it shows nothing about the attempts before.
      if (isFirst && thrown instanceof MalformedKeyError) throw thrown;
      const error = loggedCause(thrown, [...textsOf(request), secret], signal?.reason);
      // The reason of a signal may be the error of something else, with a code of its own.
      return { kind: 'lost', error, wasSent: isSending && (ending.signal.aborted || mayHaveBeenSent(error)) };
    } finally {
      cancel();
      ignore();
    }
  }
}

/** What of a request is not to be logged. */
function textsOf({ url }: Request): string[] {
  const { pathname } = new URL(url);
  return pathname === '/' ? [url] : [url, pathname];
}

interface Attempt {
  readonly headers: Headers;
  readonly body: string | undefined;
  readonly endsAt: number;
  readonly isFirst: boolean;
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
  return problem
    ? { kind: 'problem', problem, status, headers }
    : { kind: 'foreign', status, headers: withoutPaths(headers) };
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
    const logged = onAttempt?.({ call: name, ...ids, status, code, outcome, operationId, durationMs: ms });
    // A log that fails must not change the result of a write, nor end the process.
    Promise.resolve(logged).catch(() => {});
  } catch {
    // As above.
  }
}

/** Headers for an error, which is logged: a redirect has the path, which may have the code of a voucher. */
function withoutPaths(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of ['Location', 'Content-Location', 'Refresh', 'Link', 'Set-Cookie']) kept.delete(name);
  return kept;
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

/** The gateway reads at most 128 characters, and would make an id of its own in place of a longer one. */
function numbered(requestId: string, attempt: number): string {
  const suffix = `.${attempt}`;
  return requestId.slice(0, REQUEST_ID_LENGTH_MAX - suffix.length) + suffix;
}

class MalformedKeyError extends TypeError {}

/** The key without the line end of a file. `Headers` would put a malformed one into its error. */
function checkedKey(key: string): string {
  const trimmed = typeof key === 'string' ? key.trim() : '';
  if (!/^[!-~]+$/.test(trimmed))
    throw new MalformedKeyError('key: must be visible ASCII characters, at least one');
  return trimmed;
}
