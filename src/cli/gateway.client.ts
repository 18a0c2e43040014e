import { Agent, request } from 'undici';
import type { GatewayAccess } from './gateway.access.js';
import { CommandError, printable } from './terminal.js';

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

export type Query = Readonly<Record<string, string | undefined>>;

/** The request left and no answer came that can be read: whether it was done is not known. */
export class NoAnswerError extends CommandError {}

/** Asks one running gateway. Close it, or the process waits for its idle connection. */
export class GatewayClient {
  readonly #agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxResponseSize: ANSWER_BYTES_MAX,
  });

  constructor(private readonly access: GatewayAccess) {}

  /** @throws CommandError when it cannot be reached or refuses */
  get(path: string, query: Query = {}): Promise<unknown> {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return this.#call('GET', `${path}?${new URLSearchParams(given).toString()}`);
  }

  /** @throws NoAnswerError, CommandError when it cannot be reached or refuses */
  post(path: string, body: unknown): Promise<unknown> {
    return this.#call('POST', path, JSON.stringify(body));
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #call(method: 'GET' | 'POST', path: string, body?: string): Promise<unknown> {
    const { status, text } = await this.#exchange(method, path, body);
    const answer = parse(text);
    if (status >= 200 && status < 300 && isObject(answer)) return answer;
    if (isObject(answer) && typeof answer['type'] === 'string') throw new CommandError(problemText(answer));
    throw new NoAnswerError(`What answers at ${this.access.url} is no Tollgate (status ${status}).`);
  }

  async #exchange(method: 'GET' | 'POST', path: string, body?: string) {
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
        },
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.statusCode, text: await response.body.text() };
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

/** A problem of the gateway (RFC 9457) in a few lines. */
function problemText(problem: Record<string, unknown>): string {
  const { type, status, title, detail, errors, retryAfterSeconds, instance } = problem;
  const slug = String(type).split('/').at(-1) ?? '';
  const fields = (Array.isArray(errors) ? errors : []).filter(isObject);
  const retry = typeof retryAfterSeconds === 'number' ? [`  Try again in ${retryAfterSeconds} s.`] : [];
  return [
    `${String(title)} (${String(status)} ${slug}): ${String(detail)}`,
    ...fields.map((field) => `  ${String(field['pointer'])} ${String(field['detail'])}`),
    ...retry,
    ...(typeof instance === 'string' ? [`  ${instance}`] : []),
  ]
    .map(printable)
    .join('\n');
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
