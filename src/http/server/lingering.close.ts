import type { Duplex } from 'node:stream';

/** How much is read for nothing after a response that came before the end of its request. */
export interface LingerLimits {
  /** From the response on. Milliseconds. */
  readonly totalMs: number;
  /** Without a byte. Milliseconds. */
  readonly idleMs: number;
}

/** Five times the largest body that a careless client is likely to send; reading it takes a core 0.1 s. */
export const LINGER_BYTES_MAX = 64 * 1024 * 1024;

/** Once the server is closing: its process has seconds left, and they belong to the requests that are under way. */
const CLOSING_MS = 1_000;

/**
 * Ends connections whose client may still be sending. Closed at once, they would be reset by the system, and a reset
 * takes the response away from a client that has not read it yet. So our side is ended, and what still comes is read
 * and dropped, within limits, until the client ends its side.
 */
export class LingeringClose {
  readonly #arranged = new WeakSet<Duplex>();
  readonly #lingering = new Map<Duplex, NodeJS.Timeout>();
  #closing = false;

  constructor(private readonly limits: LingerLimits) {}

  /**
   * From now on no byte of this connection reaches the HTTP parser, and when Node would close it, after a response that
   * says so, it lingers. What the parser holds already may still become requests: see `has`.
   */
  arrange(socket: Duplex & { destroySoon?: () => void }): void {
    if (this.#arranged.has(socket)) return;
    this.#arranged.add(socket);
    socket.destroySoon = () => this.end(socket);
    // Node's parser reads past the stream until somebody else listens.
    socket.removeAllListeners('data');
    socket.on('data', () => undefined);
    socket.pause();
  }

  /** Is a response on its way that ends this connection, or has it been? Then no other request on it may be run. */
  has(socket: Duplex): boolean {
    return this.#arranged.has(socket);
  }

  /** Ends our side, after `last` if there is any, and reads on for a while. */
  end(socket: Duplex, last?: string): void {
    this.arrange(socket);
    if (socket.destroyed || this.#lingering.has(socket)) return;
    if (last === undefined) socket.end();
    else socket.end(last);
    this.#discard(socket);
  }

  /** The server closes: those that linger have had their response, and get a moment to read it. */
  hurry(): void {
    this.#closing = true;
    for (const [socket, timer] of this.#lingering) {
      clearTimeout(timer);
      this.#lingering.set(socket, destroyAfter(socket, CLOSING_MS));
    }
  }

  #discard(socket: Duplex): void {
    let room = LINGER_BYTES_MAX;
    const idle = destroyAfter(socket, this.limits.idleMs);
    this.#lingering.set(socket, destroyAfter(socket, this.#closing ? CLOSING_MS : this.limits.totalMs));
    socket.on('data', (chunk: Buffer) => {
      room -= chunk.length;
      if (room < 0) socket.destroy();
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
