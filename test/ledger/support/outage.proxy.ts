import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * `up`: passes everything. `down`: refuses connections and cuts those there are. `deaf`: passes what clients send
 * and keeps back what the server answers. `hung`: accepts connections and passes nothing.
 */
export type ProxyMode = 'up' | 'down' | 'deaf' | 'hung';

/** A line to a server that tests can cut. */
export class OutageProxy {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #mode: ProxyMode = 'up';
  #port = 0;
  /** Bytes that clients sent and the server got, since the start. */
  forwardedBytes = 0;

  private constructor(
    private readonly targetHost: string,
    private readonly targetPort: number,
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

  /** Ends every connection there is. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
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
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (this.#mode === 'hung') return;
      this.forwardedBytes += chunk.length;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (this.#mode === 'up') client.write(chunk);
    });
  }
}
