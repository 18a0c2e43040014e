import { Agent, request } from 'undici';
import type { GatewayAccess } from './gateway.access.js';
import { GatewayProblem } from './gateway.problem.js';
import { CommandError } from './terminal.js';

/** The gateway answers these calls from its database, whose statements end far earlier. */
const TOTAL_TIMEOUT_MS = 30_000;

const CONNECT_TIMEOUT_MS = 5_000;

/** A page of 100 operations, each with the largest request and much evidence, is far below. */
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;

/** These failures happen before a request leaves. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** An answer that was read. */
export interface Answer {
  readonly body: Readonly<Record<string, unknown>>;
  /** `ETag`; names the version of what was read. */
  readonly tag: string | undefined;
}

export type Query = Readonly<Record<string, string | undefined>>;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly tag?: string;
}

/** The request left and no answer came that can be read: whether it was done is not known. */
export class NoAnswerError extends CommandError {}

/** Asks one running gateway. Close it, or the process waits for its idle connection. */
export class GatewayClient {
  readonly #agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxResponseSize: ANSWER_BYTES_MAX,
  });

  constructor(private readonly access: GatewayAccess) {}

  /** @throws GatewayProblem when it refuses, CommandError when it cannot be reached */
  get(path: string, query: Query = {}): Promise<Answer> {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const text = new URLSearchParams(given).toString();
    return this.#call({ method: 'GET', path: text === '' ? path : `${path}?${text}` });
  }

  /**
   * @param tag the version that it is about; undefined: any
   * @throws GatewayProblem when it refuses, NoAnswerError, CommandError when it cannot be reached
   */
  post(path: string, body?: unknown, tag?: string): Promise<Answer> {
    return this.#call({
      method: 'POST',
      path,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(tag === undefined ? {} : { tag }),
    });
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #call(call: Call): Promise<Answer> {
    const { status, text, tag } = await this.#exchange(call);
    const body = parse(text);
    if (status >= 200 && status < 300 && isObject(body)) return { body, tag };
    if (isObject(body) && typeof body['type'] === 'string') throw new GatewayProblem(body);
    throw new NoAnswerError(`What answers at ${this.access.url} is no Tollgate (status ${status}).`);
  }

  async #exchange({ method, path, body, tag }: Call) {
    const { url, key, tenant } = this.access;
    try {
      const response = await request(url + path, {
        method,
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(TOTAL_TIMEOUT_MS),
        headers: {
          authorization: `Bearer ${key.reveal()}`,
          ...(tenant === undefined ? {} : { 'tollgate-tenant': tenant }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(tag === undefined ? {} : { 'if-match': tag }),
        },
        ...(body === undefined ? {} : { body }),
      });
      const { etag } = response.headers;
      return {
        status: response.statusCode,
        text: await response.body.text(),
        tag: typeof etag === 'string' ? etag : undefined,
      };
    } catch (error) {
      throw unanswered(error, url);
    }
  }
}

function unanswered(error: unknown, url: string): CommandError {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (name === 'TimeoutError')
    return new NoAnswerError(`${url} did not answer within ${TOTAL_TIMEOUT_MS / 1_000} s.`);
  const reason = typeof code === 'string' ? code : 'unknown error';
  if (NOT_SENT.has(reason)) return new CommandError(`${url} cannot be reached (${reason}).`);
  return new NoAnswerError(`${url} gave no answer that can be read (${reason}).`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
