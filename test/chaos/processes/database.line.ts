import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A packet that is late: what a gateway sent with a certain text in it, and everything after it on that connection. */
export interface HeldPacket {
  /** Resolves when the packet is held. */
  readonly arrived: Promise<void>;
  /** Lets it go on, whether or not its sender still waits; or no longer waits for one to hold. */
  release(): void;
}

interface Hold {
  readonly text: string;
  readonly arrive: () => void;
  released: boolean;
  connection?: Connection;
}

/** The network between one gateway and PostgreSQL, in which packets can be late. */
export class DatabaseLine {
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #holds: Hold[] = [];

  private constructor(private readonly targetPort: number) {
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(targetPort: number): Promise<DatabaseLine> {
    const line = new DatabaseLine(targetPort);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Holds the next packet from the gateway with this text in it. */
  hold(text: string): HeldPacket {
    let arrive: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const hold: Hold = { text, arrive, released: false };
    this.#holds.push(hold);
    return { arrived, release: () => this.#release(hold) };
  }

  close(): void {
    this.#server.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #release(hold: Hold): void {
    hold.released = true;
    this.#holds = this.#holds.filter((each) => each !== hold);
    hold.connection?.goOn();
  }

  #accept(client: Socket): void {
    const connection = new Connection(client, connect(this.targetPort, '127.0.0.1'), (chunk) =>
      this.#stop(chunk),
    );
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }

  /** The hold that this packet falls under. */
  #stop(chunk: Buffer): Hold | undefined {
    const hold = this.#holds.find((each) => !each.connection && chunk.includes(each.text));
    return hold;
  }
}

/** One connection of a gateway. While it holds packets, it outlives the gateway's end of it, as a network does. */
class Connection {
  readonly closed: Promise<void>;
  #waiting: Buffer[] | undefined;
  #clientIsGone = false;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    stop: (chunk: Buffer) => Hold | undefined,
  ) {
    this.closed = new Promise((resolve) => server.once('close', () => resolve()));
    client.on('error', () => undefined).on('close', () => this.#clientHasGone());
    server.on('error', () => undefined).on('close', () => client.destroy());
    server.on('data', (chunk) => client.writable && client.write(chunk));
    client.on('data', (chunk) => this.#pass(chunk, stop));
  }

  goOn(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const chunk of waiting) if (this.server.writable) this.server.write(chunk);
    if (this.#clientIsGone) this.server.end();
  }

  destroy(): void {
    this.client.destroy();
    this.server.destroy();
  }

  #pass(chunk: Buffer, stop: (chunk: Buffer) => Hold | undefined): void {
    if (this.#waiting) {
      this.#waiting.push(chunk);
      return;
    }
    const hold = stop(chunk);
    if (hold) {
      hold.connection = this;
      this.#waiting = [chunk];
      hold.arrive();
    } else if (this.server.writable) {
      this.server.write(chunk);
    }
  }

  #clientHasGone(): void {
    this.#clientIsGone = true;
    if (!this.#waiting) this.server.destroy();
  }
}
