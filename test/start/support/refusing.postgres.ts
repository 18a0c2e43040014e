import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** How a server refuses: with this SQLSTATE and text, or by asking for a password of a user that has given none. */
export type Refusal =
  { readonly sqlState: string; readonly text: string } | 'asks for a password' | 'offers no TLS';

/** First bytes of a client that asks for TLS: length 8, code 80877103. */
const ASKS_FOR_TLS = Buffer.from('0000000804d2162f', 'hex');

/** Speaks as much of PostgreSQL's protocol as a connection needs that is refused. */
export class RefusingPostgres {
  refusal: Refusal = { sqlState: '57P03', text: 'starting up' };
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => this.#reply(socket, data));
    });
  }

  static async start(): Promise<RefusingPostgres> {
    const postgres = new RefusingPostgres();
    await once(postgres.#server.listen(0, '127.0.0.1'), 'listening');
    return postgres;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }

  #reply(socket: Socket, data: Buffer): void {
    if (data.equals(ASKS_FOR_TLS)) socket.write('N');
    else if (typeof this.refusal === 'object') socket.end(errorOf(this.refusal));
    else
      socket.write(
        data[0] === 0x70 ? challengeTo(data) : message('R', int32(10), text('SCRAM-SHA-256'), text('')),
      );
  }
}

function errorOf({ sqlState, text: shown }: Exclude<Refusal, string>): Buffer {
  return message('E', text('SFATAL'), text('VFATAL'), text(`C${sqlState}`), text(`M${shown}`), text(''));
}

/** The second step of SCRAM-SHA-256 (RFC 5802), at which a client needs the password. */
function challengeTo(data: Buffer): Buffer {
  const nonce = /r=([!-+\--~]+)/.exec(data.toString('latin1'))?.[1] ?? '';
  return message('R', int32(11), Buffer.from(`r=${nonce}more,s=c2FsdHNhbHQ=,i=4096`));
}

function message(type: string, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(content.length + 4), content]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
