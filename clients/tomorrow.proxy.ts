import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { TomorrowsResponses } from './tomorrow.words.js';

/** Clients must keep the path of their base URL. */
const PREFIX = '/gateway';

/** What becomes of the next request: an HTML page of a balancer, a wait, or a connection cut after the gateway has executed. */
export type Trouble = 'html-502' | 'overloaded' | 'cut';

const HTML_502 = '<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>';

/** The shortest wait that a gateway asks for. */
const OVERLOADED = {
  type: '/docs/problems/overloaded',
  code: 'overloaded',
  title: 'The gateway is overloaded',
  status: 503,
  detail: 'The gateway has more to do than it can; nothing was executed.',
  instance: 'urn:tollgate:request:overloaded',
  outcome: 'not_executed',
  retryAfterSeconds: 1,
};

/** Between a client and the gateway: every response comes from a later version of the API. */
export class TomorrowProxy {
  readonly responses: TomorrowsResponses;
  readonly #server = createServer((request, response) => {
    this.#forward(request, response).catch(() => response.destroy());
  });
  /** The requests that came, "METHOD path". */
  readonly requests: string[] = [];
  newWords = false;
  trouble: Trouble | undefined;

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
    const trouble = this.trouble;
    this.trouble = undefined;
    if (trouble === 'html-502') {
      return void response.writeHead(502, { 'content-type': 'text/html' }).end(HTML_502);
    }
    if (trouble === 'overloaded') {
      const headers = { 'content-type': 'application/problem+json', 'retry-after': '1' };
      return void response.writeHead(503, headers).end(JSON.stringify(OVERLOADED));
    }
    const path = url.slice(PREFIX.length);
    const headers = forwarded(request);
    const received = await fetch(this.target + path, { method, headers, ...(body.length > 0 && { body }) });
    const text = await received.text();
    if (trouble === 'cut') return void request.socket.destroy();
    this.#send(response, { received, text, method, path });
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
    const answer = { status: received.status, body: JSON.parse(text) };
    const body = this.responses.rewrite(method, plain, answer, { newWords: this.newWords });
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
