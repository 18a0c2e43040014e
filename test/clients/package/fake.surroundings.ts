import { CallSender, type Call, type Sent } from '../../../clients/typescript/src/call.sender.js';
import type { Surroundings } from '../../../clients/typescript/src/call.clock.js';

/** What the gateway does with a request: a response, an error of the socket, or nothing at all. */
export type ScriptedReply = Response | Error | 'hang';

/** The Idempotency-Key of the tests. */
export const KEY = 'order-8812';

export const OPERATION = '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f';

/** Replies by a script, on a clock that goes to the next timer whenever nothing else is left to do. */
export class FakeSurroundings implements Surroundings {
  readonly requests: Request[] = [];
  /** Of each request, in their order. */
  readonly bodies: string[] = [];
  /** Milliseconds at which each request was sent. */
  readonly times: number[] = [];
  /** Runs with each request, before its reply. */
  onRequest: (count: number) => void = () => {};
  random = () => 0.5;
  readonly date = () => 1_800_000_000_000 + this.#now;
  readonly now = () => this.#now;
  #now = 0;
  #ids = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  /** @param replies in their order; the last one repeats */
  constructor(private readonly replies: readonly ScriptedReply[]) {}

  readonly newId = () => `id-${(this.#ids += 1)}`;

  readonly fetch = async (request: Request): Promise<Response> => {
    this.requests.push(request);
    this.bodies.push(await request.clone().text());
    this.times.push(this.#now);
    const count = this.requests.length;
    const reply = this.replies[Math.min(count, this.replies.length) - 1] ?? 'hang';
    const aborted = new Promise<never>((_, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error));
    });
    this.onRequest(count);
    if (reply instanceof Response) return request.signal.aborted ? aborted : reply.clone();
    if (reply === 'hang') return aborted;
    throw reply;
  };

  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run };
    this.#timers.push(timer);
    setImmediate(() => this.#next());
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
  };

  get timers(): number {
    return this.#timers.length;
  }

  #next(): void {
    const [first] = this.#timers.toSorted((one, other) => one.at - other.at);
    if (!first) return;
    this.#timers = this.#timers.filter((each) => each !== first);
    this.#now = Math.max(this.#now, first.at);
    first.run();
    if (this.#timers.length > 0) setImmediate(() => this.#next());
  }

  headers(name: string): (string | null)[] {
    return this.requests.map(({ headers }) => headers.get(name));
  }

  send(call: Partial<Call> = {}): Promise<Sent> {
    return new CallSender(this).send({ ...WRITE, request: writeRequest(), ...call });
  }

  /** The error that ends a call. */
  async failed(call: Partial<Call> = {}): Promise<unknown> {
    return this.send(call).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
}

function writeRequest(): Request {
  return new Request('http://gateway.test/v1/voucher-handouts', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"userId":"42"}',
  });
}

const WRITE: Omit<Call, 'request'> = {
  name: 'handOutVoucher',
  protection: 'key',
  idempotencyKey: KEY,
  key: () => 'tg_test',
  deadlineMs: 45_000,
  attemptsMax: 4,
  signal: undefined,
  onAttempt: undefined,
};

/** Changes of a call that make it a read. */
export function read(): Partial<Call> {
  const request = new Request('http://gateway.test/v1/voucher-groups');
  return { name: 'listVoucherGroups', request, protection: 'read', idempotencyKey: undefined };
}

export const success = (body: unknown = { id: '1' }, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), {
    status: 201,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });

export const problem = (status: number, code: string, more: Record<string, unknown> = {}) =>
  new Response(
    JSON.stringify({
      type: `/docs/problems/${code}`,
      code,
      title: 't',
      status,
      detail: 'd',
      instance: 'i',
      ...more,
    }),
    {
      status,
      headers: {
        'content-type': 'application/problem+json; charset=utf-8',
        ...('retryAfterSeconds' in more ? { 'retry-after': String(more['retryAfterSeconds']) } : {}),
      },
    },
  );

export const html = (status: number) =>
  new Response('<html></html>', { status, headers: { 'content-type': 'text/html' } });

/** As `fetch` wraps what a socket reports. */
export const lost = (code: string) =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('socket'), { code }) });
