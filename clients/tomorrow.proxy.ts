import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { damaged, type Forwarded, replacementFor, type Trouble } from './tomorrow.troubles.js';
import { TomorrowsResponses } from './tomorrow.words.js';

/** Clients must keep the path of their base URL. */
const PREFIX = '/gateway';

/** Between a client and the gateway: every response comes from a later version of the API. */
export class TomorrowProxy {
  readonly responses: TomorrowsResponses;
  readonly #server = createServer((request, response) => {
    this.#forward(request, response).catch(() => response.destroy());
  });
  /** The requests that came, "METHOD path". */
  readonly requests: string[] = [];
  newWords = false;
  nulls = false;
  /** Of the next requests, one each; undefined: none. */
  troubles: (Trouble | undefined)[] = [];
  /** Ends with the last request: a repeat of one without a response comes after its execution. */
  #executed: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly target: string,
    document: unknown,
  ) {
    this.responses = new TomorrowsResponses(document);
  }

  /** Starts to listen; returns the base URL for clients, with a path prefix. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${PREFIX}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    this.requests.push(`${method} ${url}`);
    const body = await buffer(request);
    if (!url.startsWith(`${PREFIX}/`)) return void response.writeHead(404).end();
    const trouble = this.troubles.shift();
    const replacement = replacementFor(trouble);
    if (replacement) {
      return void response.writeHead(replacement.status, replacement.headers).end(replacement.body);
    }
    const path = url.slice(PREFIX.length);
    const executing = this.#executed.then(() =>
      this.#execute(damaged({ method, path, headers: forwarded(request), body }, trouble)),
    );
    this.#executed = executing.catch(() => undefined);
    const received = await executing;
    if (trouble === 'cut') return void request.socket.destroy();
    if (trouble !== 'held') this.#send(response, received);
  }

  async #execute({ method, path, headers, body }: Forwarded): Promise<Received> {
    const received = await fetch(this.target + path, { method, headers, ...(body.length > 0 && { body }) });
    return { received, text: await received.text(), method, path };
  }

  /** An idle connection ends when a balancer decides so, not the client. */
  closeIdleConnections(): void {
    this.#server.closeIdleConnections();
  }

  #send(response: ServerResponse, { received, text, method, path }: Received): void {
    const headers = Object.fromEntries(received.headers);
    for (const name of [
      'content-length',
      'content-encoding',
      'transfer-encoding',
      'connection',
      'keep-alive',
    ]) {
      delete headers[name];
    }
    if (!headers['content-type']?.includes('json')) {
      return void response.writeHead(received.status, headers).end(text);
    }
    const [plain = path] = path.split('?');
    const today = { status: received.status, body: JSON.parse(text) };
    const body = this.responses.rewrite(method, plain, today, this);
    response.writeHead(received.status, headers).end(JSON.stringify(body));
  }
}

interface Received {
  readonly received: Response;
  readonly text: string;
  readonly method: string;
  readonly path: string;
}

/** `fetch` sets what concerns the connection itself, and refuses to be given it. */
function forwarded({ headers }: IncomingMessage): Record<string, string> {
  const own = new Set([
    'host',
    'connection',
    'content-length',
    'transfer-encoding',
    'upgrade',
    'http2-settings',
  ]);
  const kept = Object.entries(headers).filter(([name]) => !own.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
