import { RunningCalls } from '../transport/rotation/running.calls.js';
import type { FirstCall, UpstreamCall, UpstreamResponse } from '../transport/upstream.call.js';
import type { UpstreamChannel } from '../transport/upstream.channel.js';
import {
  MisconfiguredError,
  NoTrustworthyResponseError,
  UpstreamError,
} from '../transport/upstream.errors.js';
import type { ServerToken, SpidTokenCache } from './spid.token.cache.js';
import { openEnvelope, type OpenedEnvelope, type SignaturePolicy } from './response/spid.envelope.js';
import { refusalError, refusalKind } from './spid.refusal.js';
import { UnreadableError } from '../transport/response/unreadable.error.js';

/** One call of the SPiD API and the reader of its payload. */
export interface SpidCall<T> extends Pick<UpstreamCall, 'operation' | 'method' | 'path'> {
  /** `application/x-www-form-urlencoded`; nested values are JSON text (SPiD F23). */
  readonly form?: string;
  /** @throws UnreadableError or UpstreamError */
  readonly read: (data: unknown) => T;
  /** The result for `No access to that product.`; without it that response is an error. */
  readonly whenNoAccess?: T;
}

/** The token is unknown or expired. The call was not executed (SPiD A4). */
class StaleTokenError extends Error {
  constructor(readonly token: ServerToken) {
    super('stale token');
    this.name = 'StaleTokenError';
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Sends calls with the tenant's server token and unwraps the responses. */
export class SpidChannel {
  readonly #running = new RunningCalls();

  constructor(
    private readonly channel: UpstreamChannel,
    private readonly tokens: SpidTokenCache,
    private readonly policy: SignaturePolicy,
  ) {}

  /** Replaces a refused token once and retries the call, writes too: a refused call was not executed. */
  async send<T>(call: SpidCall<T>): Promise<T> {
    this.#running.begin();
    const deadline = this.channel.deadline();
    try {
      return await this.#once(call, deadline);
    } catch (error) {
      if (!(error instanceof StaleTokenError)) throw error;
      this.tokens.drop(error.token);
      return await this.#again(call, deadline);
    } finally {
      this.#running.end();
    }
  }

  /** See UpstreamChannel. */
  refusal(call: FirstCall): UpstreamError | undefined {
    return this.channel.refusal(call);
  }

  async checkCredentials(): Promise<void> {
    this.#running.begin();
    try {
      await this.tokens.get();
    } finally {
      this.#running.end();
    }
  }

  idle(): Promise<void> {
    return this.#running.idle();
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  async #again<T>(call: SpidCall<T>, deadline: number): Promise<T> {
    try {
      return await this.#once(call, deadline);
    } catch (cause) {
      if (!(cause instanceof StaleTokenError)) throw cause;
      const reason = 'a new token is refused too';
      throw new MisconfiguredError({ upstream: 'spid', operation: call.operation, reason, cause });
    }
  }

  #once<T>(call: SpidCall<T>, deadline: number): Promise<T> {
    const { operation, method, path, form } = call;
    const wire: UpstreamCall = {
      operation,
      method,
      path,
      safe: method === 'GET',
      ...(form !== undefined && { body: form, headers: FORM }),
    };
    let used: ServerToken | undefined;
    const carry = (token: ServerToken) => {
      used = token;
      return { authorization: `Bearer ${token.secret.reveal()}` };
    };
    return this.channel.send(
      wire,
      {
        authorize: () => {
          const token = this.tokens.get();
          return token instanceof Promise ? token.then(carry) : carry(token);
        },
        read: (response, report) => {
          const opened = this.#open(call, response);
          if (opened.quota) report(opened.quota);
          return this.#read(call, { response, opened }, used);
        },
      },
      deadline,
    );
  }

  #read<T>(call: SpidCall<T>, { response, opened }: OpenedResponse, token: ServerToken | undefined): T {
    if ('data' in opened) return trusting(call, response, () => call.read(opened.data));
    const kind = refusalKind(opened.refusal);
    if (kind === 'stale-token' && token) throw new StaleTokenError(token);
    if (kind === 'no-access' && call.whenNoAccess !== undefined) return call.whenNoAccess;
    const refused = { operation: call.operation, safe: call.method === 'GET' };
    throw refusalError(refused, opened.refusal, kind);
  }

  #open(call: SpidCall<unknown>, response: UpstreamResponse): OpenedEnvelope {
    return trusting(call, response, () => openEnvelope(response, this.policy));
  }
}

interface OpenedResponse {
  readonly response: UpstreamResponse;
  readonly opened: OpenedEnvelope;
}

/** Turns every other error of `read` into a NoTrustworthyResponseError: an unreadable response proves nothing. */
function trusting<T>({ operation }: SpidCall<unknown>, { status }: UpstreamResponse, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    const reason = `status ${status}, ${error instanceof UnreadableError ? error.message : 'unreadable'}`;
    throw new NoTrustworthyResponseError('garbled', { upstream: 'spid', operation, reason, cause: error });
  }
}
