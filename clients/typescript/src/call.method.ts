import type { Surroundings } from './call.clock.js';
import { protectionOf } from './call.protection.js';
import type { Call, CallSender, Sent } from './call.sender.js';
import { checkedPath, headersIn, keyOf } from './call.parts.js';
import { type CheckedOptions, wholeNumber } from './client.options.js';

/** Settings of one call; without them those of the client hold. */
export interface CallSettings {
  /** The tenant to act for, where the key has several. */
  readonly tenant?: string | undefined;
  /** Of all attempts and pauses of this call together, in milliseconds. */
  readonly deadlineMs?: number | undefined;
  /** Attempts in all; 1 never repeats. */
  readonly attempts?: number | undefined;
  /** Ends the call. A write that was sent is not undone: its outcome is unknown. */
  readonly signal?: AbortSignal | undefined;
}

export interface KeySettings {
  /**
   * Identifies the write: 1 to 255 visible ASCII characters. Make it before the first attempt and store it with the order
   * or job, so that a restart repeats it. Without one, a random key is made for this call.
   */
  readonly idempotencyKey?: string | undefined;
}

/** A call that succeeded. */
export interface Result<Data> {
  readonly data: Data;
  readonly status: number;
  readonly headers: Headers;
  /** The write was executed by an earlier request with this key. */
  readonly replayed: boolean;
  readonly requestId: string;
  readonly attempts: number;
  /** The key of a write. */
  readonly idempotencyKey: string | undefined;
}

/** A call of the generated client. It throws what `fetch` throws. */
export type GeneratedCall = (options: object) => Promise<{ readonly data: unknown }>;

export type AnyOptions = CallSettings &
  KeySettings & {
    readonly headers?: Readonly<Record<string, unknown>>;
    readonly path?: object;
    readonly query?: unknown;
    readonly body?: unknown;
  };

export interface Means {
  readonly sender: CallSender;
  /** Of the generated code. */
  readonly client: object;
  readonly checked: CheckedOptions;
  readonly surroundings: Surroundings;
}

/** A method of the client: a generated call whose request is sent with a key, a deadline and repeats. */
export function methodOf(name: string, generated: GeneratedCall, means: Means) {
  return async (options: AnyOptions = {}): Promise<Result<unknown>> => {
    const { tenant = means.checked.tenant, idempotencyKey, headers, path, query, body } = options;
    const { deadlineMs, attempts, signal } = options;
    const settings = { idempotencyKey, deadlineMs, attempts, signal };
    let done: { readonly call: Call; readonly sent: Sent } | undefined;
    const fetch = async (request: Request) => {
      const call = callOf(name, request, settings, means);
      done = { call, sent: await means.sender.send(call) };
      return done.sent.response;
    };
    const all = { ...headersIn(headers), ...(tenant === undefined ? {} : { 'Tollgate-Tenant': tenant }) };
    const { client } = means;
    const { data } = await generated({
      path: checkedPath(path),
      query,
      body,
      headers: all,
      client,
      fetch,
      throwOnError: true,
    });
    if (!done) throw new Error(`${name} was not sent`);
    return resultOf(data, done.call, done.sent);
  };
}

function callOf(
  name: string,
  request: Request,
  { idempotencyKey, deadlineMs, attempts, signal }: CallSettings & KeySettings,
  { checked, surroundings }: Means,
): Call {
  const protection = protectionOf(name, request.method);
  return {
    name,
    request,
    protection,
    idempotencyKey: protection === 'key' ? keyOf(idempotencyKey, request, surroundings) : undefined,
    key: checked.key,
    deadlineMs: wholeNumber('deadlineMs', deadlineMs ?? checked.deadlineMs),
    attemptsMax: wholeNumber('attempts', attempts ?? checked.attempts),
    signal,
    onAttempt: checked.onAttempt,
  };
}

function resultOf(data: unknown, { idempotencyKey }: Call, { response, requestId, attempts }: Sent) {
  const { status, headers } = response;
  const replayed = headers.get('Idempotent-Replayed') === 'true';
  return { data, status, headers, replayed, requestId, attempts, idempotencyKey };
}
