import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Responds to a request, or fails it. */
export type Script = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

/** A server with scripted responses, for those that no simulator gives. */
export class ScriptedUpstream {
  readonly seen: SeenRequest[] = [];
  /** Connections accepted so far. */
  connections = 0;
  readonly #server = createServer();
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(public script: Script) {
    this.#server.on('connection', () => (this.connections += 1));
    this.#server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const seen = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
        this.seen.push(seen);
        for (const { count, resolve } of this.#waiting) if (this.seen.length >= count) resolve();
        void this.script(seen, response);
      });
    });
  }

  async start(): Promise<string> {
    return originOf(this.#server);
  }

  /** Resolves once that many requests have arrived. */
  arrived(count: number): Promise<void> {
    if (this.seen.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A server that is scripted byte by byte, not necessarily in HTTP. */
export class RawUpstream {
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(onRequest: (socket: Socket) => void) {
    this.#server = createTcpServer((socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => onRequest(socket));
    });
  }

  async start(): Promise<string> {
    return originOf(this.#server);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function originOf(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function giveJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
