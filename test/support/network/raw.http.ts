import { connect, type Socket } from 'node:net';

/** Writes bytes as they are (latin1) and returns everything that came until the connection was closed. */
export function sendRaw(url: string, bytes: string): Promise<string> {
  const raw = new RawConnection(url);
  raw.write(bytes);
  return raw.closed;
}

/** A connection on which a test decides each byte. */
export class RawConnection {
  readonly #socket: Socket;
  /** All that came, once the other side has closed. */
  readonly closed: Promise<string>;
  received = '';
  #waiting: (() => void)[] = [];

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on('data', (chunk) => {
      this.received += chunk.toString();
      for (const check of this.#waiting) check();
    });
    this.closed = new Promise((resolve) => {
      // A reset after a response is an end like any other; without one the response is empty, and the test fails.
      this.#socket.on('error', () => undefined);
      this.#socket.on('close', () => resolve(this.received));
    });
  }

  write(bytes: string): void {
    this.#socket.write(bytes, 'latin1');
  }

  /** Resolves once this text has come. */
  until(text: string): Promise<void> {
    return new Promise((resolve) => {
      const check = () => (this.received.includes(text) ? resolve() : undefined);
      this.#waiting.push(check);
      check();
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Splits what came on one connection into its responses. */
export function responsesOf(received: string): { readonly status: number; readonly text: string }[] {
  return received
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((text) => text !== '')
    .map((text) => ({ status: Number(text.slice(9, 12)), text }));
}
