import { RunningCalls } from '../transport/running.calls.js';
import type { UpstreamAnswer, UpstreamCall, UpstreamChannel } from '../transport/upstream.channel.js';
import { MisconfiguredError, NoTrustworthyAnswerError, UpstreamError } from '../transport/upstream.errors.js';
import type { ServerToken, SpidCredentials } from './spid.credentials.js';
import { openEnvelope, type Reading, type SignaturePolicy } from './spid.envelope.js';
import { refusalError, verdictOf } from './spid.refusal.js';
import { UnreadableError } from './unreadable.error.js';

/** One call of the SPiD API and how its payload is read. */
export interface SpidCall<T> extends Pick<UpstreamCall, 'operation' | 'method' | 'path'> {
  /** `application/x-www-form-urlencoded`; nested values are JSON text (SPiD F23). */
  readonly form?: string;
  /** Makes our noun of the payload, or throws an UnreadableError or an UpstreamError. */
  readonly read: (data: unknown) => T;
  /** The result when the vendor says `No access to that product.`; without it that is a refusal. */
  readonly whenNoAccess?: T;
}

/** The vendor does not know the token, or not any more. The call was not executed (SPiD A4). */
class StaleTokenError extends Error {
  constructor(readonly token: ServerToken) {
    super('stale token');
    this.name = 'StaleTokenError';
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Sends calls with the tenant's server token and takes the answers out of their envelopes. */
export class SpidChannel {
  readonly #running = new RunningCalls();

  constructor(
    private readonly channel: UpstreamChannel,
    private readonly credentials: SpidCredentials,
    private readonly policy: SignaturePolicy,
  ) {}

  send<T>(call: SpidCall<T>): Promise<T> {
    return this.#running.track(() => this.#send(call));
  }

  idle(): Promise<void> {
    return this.#running.idle();
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  /** A refused token is replaced once and the call repeated, writes too: the refusal says it was not executed. */
  async #send<T>(call: SpidCall<T>): Promise<T> {
    const deadline = this.channel.deadline();
    try {
      return await this.#once(call, deadline);
    } catch (error) {
      if (!(error instanceof StaleTokenError)) throw error;
      this.credentials.drop(error.token);
    }
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
          const token = this.credentials.get();
          return token instanceof Promise ? token.then(carry) : carry(token);
        },
        read: (answer) => this.#read(call, answer, used),
      },
      deadline,
    );
  }

  #read<T>(call: SpidCall<T>, answer: UpstreamAnswer, token: ServerToken | undefined): T {
    const reading = this.#open(call, answer);
    if ('data' in reading) return trusting(call, answer, () => call.read(reading.data));
    const verdict = verdictOf(reading.refusal);
    if (verdict === 'stale-token' && token) throw new StaleTokenError(token);
    if (verdict === 'no-access' && call.whenNoAccess !== undefined) return call.whenNoAccess;
    const refused = { operation: call.operation, safe: call.method === 'GET' };
    throw refusalError(refused, reading.refusal, verdict);
  }

  #open(call: SpidCall<unknown>, answer: UpstreamAnswer): Reading {
    return trusting(call, answer, () => openEnvelope(answer, this.policy));
  }
}

/** What cannot be read is no answer to trust. */
function trusting<T>({ operation }: SpidCall<unknown>, { status }: UpstreamAnswer, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    const reason = `status ${status}, ${error instanceof UnreadableError ? error.message : 'unreadable'}`;
    throw new NoTrustworthyAnswerError('garbled', { upstream: 'spid', operation, reason, cause: error });
  }
}
