import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that arrived, with its body. */
interface Received {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
}

/** How a vendor could respond with what it was sent. */
export type Hostility = keyof typeof HOSTILITIES;

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const container = (error: unknown) => ({ name: 'SPP Container', version: '0.2', error, data: null });

const HOSTILITIES = {
  'refuses with it': (echo: string, response: ServerResponse) =>
    json(response, 400, container({ code: 400, type: 'ApiException', description: echo })),
  'refuses the token with it': (echo: string, response: ServerResponse) =>
    json(response, 401, { error: 'invalid_token', error_code: 401, error_description: echo }),
  'forbids with it': (echo: string, response: ServerResponse) =>
    json(response, 403, container({ code: 403, description: { [echo]: echo } })),
  'misses it': (echo: string, response: ServerResponse) =>
    json(response, 404, container({ description: echo })),
  'refuses fields with it': (echo: string, response: ServerResponse) =>
    json(response, 422, { source_tool: [echo], destination_token: [echo], [echo]: [echo] }),
  'is full of it': (echo: string, response: ServerResponse) =>
    response.writeHead(420, { 'retry-after': echo, 'x-echo': echo }).end(echo),
  'fails with it': (echo: string, response: ServerResponse) =>
    response.writeHead(500, { 'content-type': 'text/html' }).end(`<html>${echo}</html>`),
  'redirects with it': (echo: string, response: ServerResponse) =>
    response.writeHead(302, { location: `http://127.0.0.1:1/?stolen=${encodeURIComponent(echo)}` }).end(echo),
  'puts it into headers': (echo: string, response: ServerResponse) =>
    response
      .writeHead(200, { 'x-echo': echo, 'set-cookie': `a=${echo}`, etag: echo, 'content-type': echo })
      .end('{}'),
  'is not JSON but it': (echo: string, response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(echo),
  'puts it where nothing belongs': (echo: string, response: ServerResponse) =>
    json(response, 200, {
      ...container(null),
      data: { [echo]: echo, result: echo, productId: `${echo} `, voucherCode: { echo }, success: echo },
      id: [echo],
      redirect_url: `javascript:${echo}`,
    }),
  'signs it wrongly': (echo: string, response: ServerResponse) =>
    json(response, 200, {
      ...container(null),
      data: Buffer.from(echo).toString('base64url'),
      algorithm: 'HMAC-SHA256',
      sig: Buffer.from(echo).toString('base64url'),
    }),
  'breaks off in it': (echo: string, response: ServerResponse) => {
    response.writeHead(200, { 'content-length': echo.length + 10, 'content-type': 'application/json' });
    response.write(echo, () => response.destroy());
  },
  'is not HTTP but it': (echo: string, response: ServerResponse) =>
    response.socket?.end(`HTTP/1.1 200 OK\r\n${echo}\r\nx ${echo}\r\n\r\n`),
  'has too long a header of it': (echo: string, response: ServerResponse) =>
    response.socket?.end(
      `HTTP/1.1 200 OK\r\nx-echo: ${echo.repeat(Math.ceil(40_000 / echo.length))}\r\n\r\n`,
    ),
  'resets the connection': (_echo: string, response: ServerResponse) => response.socket?.resetAndDestroy(),
  'never responds': () => undefined,
} satisfies Record<string, (echo: string, response: ServerResponse) => unknown>;

export const ALL_HOSTILITIES = Object.keys(HOSTILITIES) as readonly Hostility[];

/**
 * A proxy of a simulator. It forwards calls, and in hostile mode responds itself, with the
 * credential and the body of the call in every part of a vendor's response.
 */
export class HostileUpstream {
  /** `at`: whether this path gets such a response; every other is forwarded. */
  hostility: { readonly kind: Hostility; readonly at: (path: string) => boolean } | undefined;
  /** Called with every response that was forwarded. */
  onResponse: (path: string, text: string) => void = () => undefined;
  /** May change a response that is forwarded. */
  change: (path: string, text: string) => string = (_path, text) => text;
  hostileResponses = 0;
  readonly #server: Server;

  private constructor(private readonly target: string) {
    this.#server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => this.#respond({ incoming, body: Buffer.concat(chunks) }, response));
    });
  }

  static async before(target: string): Promise<HostileUpstream> {
    const upstream = new HostileUpstream(target);
    await new Promise<void>((resolve) => upstream.#server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #respond(received: Received, response: ServerResponse): void {
    const { url = '' } = received.incoming;
    const { hostility } = this;
    if (!hostility?.at(url)) return this.#passOn(received, response);
    this.hostileResponses += 1;
    HOSTILITIES[hostility.kind](echoOf(received), response);
    return undefined;
  }

  #passOn({ incoming, body }: Received, response: ServerResponse): void {
    const { method, headers, url = '' } = incoming;
    const outgoing = request(this.target + url, { method, headers }, (received) => {
      const chunks: Buffer[] = [];
      received.on('data', (chunk: Buffer) => chunks.push(chunk));
      received.on('end', () => {
        const text = this.change(url, Buffer.concat(chunks).toString('utf8'));
        this.onResponse(url, text);
        const { 'content-length': _length, 'transfer-encoding': _coding, ...kept } = received.headers;
        response.writeHead(received.statusCode ?? 500, kept).end(text);
      });
    });
    outgoing.on('error', () => response.destroy());
    outgoing.end(body);
  }
}

/** The credential as it came and as it is meant, the address and the body; of letters that a header can carry. */
function echoOf({ incoming: { headers, url }, body }: Received): string {
  const authorization = headers.authorization ?? '';
  const [, basic = ''] = /^Basic (.+)$/.exec(authorization) ?? [];
  const decoded = Buffer.from(basic, 'base64').toString('utf8');
  return [authorization, decoded, url, body.toString('utf8')].join(' ').replace(/[^\x20-\x7e]/g, '?');
}
