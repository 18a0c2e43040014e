import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How often a load balancer asks for readiness; short, so that a test can have a short drain. */
const PROBE_EVERY_MS = 100;

/**
 * Spreads TCP connections over the gateways that are ready, in turn, as a Service of Kubernetes does. A connection stays
 * with its gateway until one side ends it.
 */
export class TcpBalancer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timer: NodeJS.Timeout;
  #ready: readonly number[] = [];
  #next = 0;
  /** Connections that no gateway was ready for. */
  refused = 0;

  private constructor(private readonly ports: readonly number[]) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    this.#timer = setInterval(() => void this.#probe(), PROBE_EVERY_MS);
  }

  static async start(ports: readonly number[]): Promise<TcpBalancer> {
    const balancer = new TcpBalancer(ports);
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ports of the gateways that get new connections. */
  get ready(): readonly number[] {
    return this.#ready;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #probe(): Promise<void> {
    const states = await Promise.all(
      this.ports.map(async (port) => {
        const isReady = await fetch(`http://127.0.0.1:${port}/health/ready`, {
          headers: { connection: 'close' },
        }).then(
          ({ ok }) => ok,
          () => false,
        );
        return isReady ? [port] : [];
      }),
    );
    this.#ready = states.flat();
  }

  #accept(client: Socket): void {
    const port = this.#ready[(this.#next += 1) % Math.max(1, this.#ready.length)];
    if (port === undefined) {
      this.refused += 1;
      client.destroy();
      return;
    }
    const gateway = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const [socket, other] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay().pipe(other);
      // As the network does: a reset on one side is one on the other.
      socket.on('error', () => other.resetAndDestroy());
      socket.on('close', () => this.#sockets.delete(socket));
    }
  }
}
