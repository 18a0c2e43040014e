import { connect } from 'node:net';

export interface SendOptions {
  /** The head as it is, with its empty line. */
  readonly head: string;
  readonly body: Buffer;
  /** Bytes of each write; the whole body at once when left out. */
  readonly piece?: number;
  /** Milliseconds between two writes; none when left out. */
  readonly everyMs?: number;
}

/**
 * Sends as blocking clients do: reads nothing until all is sent, then everything until the other side closes.
 * A connection that was reset meanwhile has lost what came before it.
 */
export function sendThenRead(url: string, { head, body, piece, everyMs }: SendOptions): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(port), hostname);
    const read = (): void => void socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.write(head);
    let sent = 0;
    const next = (): void => {
      if (socket.destroyed) return;
      const part = body.subarray(sent, sent + (piece ?? body.length));
      sent += part.length;
      socket.write(part, () => {
        if (sent >= body.length) return read();
        if (everyMs === undefined) next();
        else setTimeout(next, everyMs);
      });
    };
    next();
  });
}

/** The body in chunks of a size, with the last chunk. */
export function chunked(body: Buffer, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}
