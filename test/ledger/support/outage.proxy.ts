import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * - `up`: forwards everything
 * - `down`: refuses connections and cuts the existing ones
 * - `deaf`: forwards requests and holds back responses of the server
 * - `hung`: accepts connections and forwards nothing
 * - `late`: holds back requests until `deliver`, which forwards them even if the client has disconnected, as a
 *   network may
 */
export type ProxyMode = 'up' | 'down' | 'deaf' | 'hung' | 'late';

/** The PostgreSQL message that ends a statement with parameters. */
const SYNC = Buffer.from([0x53, 0, 0, 0, 4]);

/** A TCP proxy to a server that tests can interrupt. */
export class OutageProxy {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #mode: ProxyMode = 'up';
  #port = 0;
  readonly #held = new Map<Socket, Buffer[]>();
  /** Connections to the server on which data is or was held back. */
  readonly #outliving = new WeakSet<Socket>();
  /** Bytes forwarded to the server since the start. */
  forwardedBytes = 0;

  private constructor(
    private targetHost: string,
    private targetPort: number,
  ) {}

  static async start(targetHost: string, targetPort: number): Promise<OutageProxy> {
    const proxy = new OutageProxy(targetHost, targetPort);
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  async set(mode: ProxyMode): Promise<void> {
    this.#mode = mode;
    if (mode === 'down') {
      const closed = new Promise((resolve) => this.#server?.close(resolve));
      this.cut();
      await closed;
      this.#server = undefined;
    } else if (!this.#server) {
      await this.#listen();
    }
  }

  /** New connections use this target, as after a failover; existing ones stay. */
  redirect(host: string, port: number): void {
    this.targetHost = host;
    this.targetPort = port;
  }

  /** Closes every connection; where data is held back, the server does not notice. */
  cut(): void {
    for (const socket of this.#sockets) if (!this.#outliving.has(socket)) socket.destroy();
  }

  /** Whether a complete statement is held back. */
  get holds(): boolean {
    return [...this.#held.values()].some((chunks) => chunks.at(-1)?.subarray(-SYNC.length).equals(SYNC));
  }

  /**
   * Forwards the held back data and then the end of the connection. Resolves once the server has processed it and has
   * closed.
   */
  async deliver(): Promise<void> {
    const held = [...this.#held];
    this.#held.clear();
    await Promise.all(
      held.map(async ([upstream, chunks]) => {
        const closed = once(upstream, 'close');
        for (const chunk of chunks) upstream.write(chunk);
        upstream.end();
        await closed;
      }),
    );
  }

  async close(): Promise<void> {
    for (const upstream of this.#held.keys()) upstream.destroy();
    if (this.#server) await this.set('down');
  }

  async #listen(): Promise<void> {
    const server = createServer((client) => this.#accept(client));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  #accept(client: Socket): void {
    const upstream = connect(this.targetPort, this.targetHost);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (!this.#outliving.has(other)) other.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (this.#mode === 'hung') return;
      if (this.#mode === 'late') {
        this.#outliving.add(upstream);
        this.#held.set(upstream, [...(this.#held.get(upstream) ?? []), chunk]);
        return;
      }
      // Its held back data and its end have been delivered.
      if (upstream.writableEnded) return;
      this.forwardedBytes += chunk.length;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (this.#mode === 'up') client.write(chunk);
    });
  }
}
