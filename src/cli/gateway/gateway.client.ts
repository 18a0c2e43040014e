import { Agent, request } from 'undici';
import type { GatewayAccess } from './gateway.access.js';
import { GatewayProblem, isProblem } from './gateway.problem.js';
import { CommandError } from '../terminal.js';

/** The gateway serves these calls from its database, whose statement timeouts are far shorter. */
const TOTAL_TIMEOUT_MS = 30_000;

const CONNECT_TIMEOUT_MS = 5_000;

/** A page of 100 operations, each with the largest request and much evidence, is far below. */
const RESPONSE_BYTES_MAX = 32 * 1024 * 1024;

/** These failures happen before a request leaves. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A parsed response. */
export interface GatewayResponse {
  readonly body: Readonly<Record<string, unknown>>;
  /** `ETag`: the version of the operation in the body. */
  readonly tag: string | undefined;
}

export type Query = Readonly<Record<string, string | undefined>>;

interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly tag?: string;
}

/** The request was sent and no readable response was received: its outcome is unknown. */
export class NoGatewayResponseError extends CommandError {}

/** Calls one running gateway. Close it, or the process waits for its idle connection. */
export class GatewayClient {
  readonly #agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxResponseSize: RESPONSE_BYTES_MAX,
  });

  constructor(private readonly access: GatewayAccess) {}

  /** @throws GatewayProblem for an error response, CommandError when it cannot be reached */
  get(path: string, query: Query = {}): Promise<GatewayResponse> {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const text = new URLSearchParams(given).toString();
    return this.#call({ method: 'GET', path: text === '' ? path : `${path}?${text}` });
  }

  /**
   * @param tag the expected version; undefined: any
   * @throws GatewayProblem for an error response, NoGatewayResponseError, CommandError when it cannot be reached
   */
  post(path: string, body?: unknown, tag?: string): Promise<GatewayResponse> {
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

  async #call(call: Call): Promise<GatewayResponse> {
    const { status, text, tag } = await this.#exchange(call);
    const body = parse(text);
    if (status >= 200 && status < 300 && isObject(body)) return { body, tag };
    if (isObject(body) && isProblem(body)) throw new GatewayProblem(body);
    throw new NoGatewayResponseError(
      `The server at ${this.access.url} is not a Tollgate gateway (status ${status}).`,
    );
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
      throw failureOf(error, url);
    }
  }
}

function failureOf(error: unknown, url: string): CommandError {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (name === 'TimeoutError')
    return new NoGatewayResponseError(`${url} did not respond within ${TOTAL_TIMEOUT_MS / 1_000} s.`);
  const reason = typeof code === 'string' ? code : 'unknown error';
  if (NOT_SENT.has(reason)) return new CommandError(`${url} cannot be reached (${reason}).`);
  return new NoGatewayResponseError(`${url} returned no readable response (${reason}).`);
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
