import type { Duplex } from 'node:stream';

/** Limits for reading and discarding after a response that precedes the end of its request. */
export interface LingerLimits {
  /** Since the response. Milliseconds. */
  readonly totalMs: number;
  /** Without a byte. Milliseconds. */
  readonly idleMs: number;
}

/** Far above any body that a client sends by mistake; reading it takes 0.1 s of one core. */
export const LINGER_BYTES_MAX = 64 * 1024 * 1024;

/** While the server closes: its remaining seconds belong to the requests in progress. */
const CLOSING_MS = 1_000;

/**
 * Ends connections whose client may still be sending. Closed at once, the system would reset them, and a client loses a
 * response that it has not read yet. So our side is ended, and further bytes are read and discarded, within limits.
 */
export class LingeringClose {
  readonly #arranged = new WeakSet<Duplex>();
  readonly #lingering = new Map<Duplex, NodeJS.Timeout>();
  #closing = false;

  constructor(private readonly limits: LingerLimits) {}

  /**
   * No further byte of this connection reaches the HTTP parser, and when Node closes it after its last response, it
   * lingers. Bytes that the parser already holds may still become requests: see `has`.
   */
  arrange(socket: Duplex & { destroySoon?: () => void }): void {
    if (this.#arranged.has(socket)) return;
    this.#arranged.add(socket);
    socket.destroySoon = () => this.end(socket);
    // Node's parser bypasses the stream until there is another listener.
    socket.removeAllListeners('data');
    socket.on('data', () => undefined);
    socket.pause();
  }

  /** Whether a response that ends this connection has been or is being sent; then no other request on it may run. */
  has(socket: Duplex): boolean {
    return this.#arranged.has(socket);
  }

  /** Ends our side, after sending `last` if given, and lingers. */
  end(socket: Duplex, last?: string): void {
    this.arrange(socket);
    if (socket.destroyed || this.#lingering.has(socket)) return;
    if (last === undefined) socket.end();
    else socket.end(last);
    this.#discard(socket);
  }

  /** Call it when the server closes: shortens the time of all lingering connections to `CLOSING_MS`. */
  hurry(): void {
    this.#closing = true;
    for (const [socket, timer] of this.#lingering) {
      clearTimeout(timer);
      this.#lingering.set(socket, destroyAfter(socket, CLOSING_MS));
    }
  }

  #discard(socket: Duplex): void {
    let bytesLeft = LINGER_BYTES_MAX;
    const idle = destroyAfter(socket, this.limits.idleMs);
    this.#lingering.set(socket, destroyAfter(socket, this.#closing ? CLOSING_MS : this.limits.totalMs));
    socket.on('data', (chunk: Buffer) => {
      bytesLeft -= chunk.length;
      if (bytesLeft < 0) socket.destroy();
      else idle.refresh();
    });
    socket.on('end', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(idle);
      clearTimeout(this.#lingering.get(socket));
      this.#lingering.delete(socket);
    });
    socket.resume();
  }
}

function destroyAfter(socket: Duplex, ms: number): NodeJS.Timeout {
  return setTimeout(() => socket.destroy(), ms).unref();
}
