import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  /** As received; a chunked body still has its chunk sizes, see `bodyOf`. */
  readonly body: string;
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';
const STATUS = { from: 9, to: 12 } as const;

/**
 * A keep-alive connection with one request at a time. A load generator on this costs a few microseconds a request, so that it
 * does not become the limit of what it measures.
 */
export class HttpSocket {
  #received = '';
  #waiting: Waiting | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (part: string) => this.#take(part));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  /** @param url without a path */
  static async connect(url: string): Promise<HttpSocket> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new HttpSocket(socket);
  }

  /** @throws Error when the connection ends first */
  exchange(request: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  #take(part: string): void {
    this.#received += part;
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.slice(0, headEnd);
    const start = headEnd + HEAD_END.length;
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
    const isWhole =
      length === undefined
        ? this.#received.endsWith(LAST_CHUNK)
        : this.#received.length >= start + Number(length);
    if (!isWhole) return;
    const body = this.#received.slice(start);
    this.#received = '';
    this.#waiting?.resolve({ status: Number(head.slice(STATUS.from, STATUS.to)), head, body });
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
  }
}

/** Without chunk sizes. */
export function bodyOf({ head, body }: Reply): string {
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return body;
  let text = '';
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.slice(at, lineEnd), 16);
    if (!(size > 0)) return text;
    text += body.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}

export interface RequestParts {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

/** The bytes of a request, as latin1. */
export function requestText({ method = 'GET', path, headers, body }: RequestParts): string {
  const json = body === undefined ? '' : JSON.stringify(body);
  const all = {
    host: '127.0.0.1',
    ...headers,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(method !== 'GET' && { 'content-length': String(json.length) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${json}`;
}
