import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { HttpRequest, PlannedRequest, RawRequest, ReceivedResponse } from './planned.request.js';

/** Upstream calls are given up after 2 s here, and nothing else takes that long: a response that comes later hangs. */
export const DEADLINE_MS = 15_000;

/** No response within the deadline. */
export class HangError extends Error {
  constructor() {
    super(`no response within ${DEADLINE_MS} ms`);
    this.name = 'HangError';
  }
}

/** Sends what was planned and returns all responses. */
export class Sender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  readonly #url: URL;

  constructor(url: string) {
    this.#url = new URL(url);
  }

  send(planned: PlannedRequest): Promise<readonly ReceivedResponse[]> {
    return planned.kind === 'http' ? this.#http(planned) : this.#raw(planned);
  }

  close(): void {
    this.#agent.destroy();
  }

  #http({ method, path, headers, body, chunked }: HttpRequest): Promise<readonly ReceivedResponse[]> {
    const { hostname, port } = this.#url;
    return new Promise((resolve, reject) => {
      const length = chunked ? { 'transfer-encoding': 'chunked' } : lengthOf(body);
      const all = { ...headers, ...length } as Record<string, string | string[]>;
      const options = { agent: this.#agent, hostname, port, method, path, headers: all };
      const outgoing = request(options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          clearTimeout(timer);
          const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
          resolve([
            {
              status: incoming.statusCode ?? 0,
              headers: Object.fromEntries(headers) as Record<string, string>,
              body: Buffer.concat(chunks),
            },
          ]);
        });
      });
      const timer = setTimeout(() => outgoing.destroy(new HangError()), DEADLINE_MS);
      outgoing.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      outgoing.end(body);
    });
  }

  /** Says that nothing more will come, so that what is incomplete is refused at once. */
  #raw({ writes }: RawRequest): Promise<readonly ReceivedResponse[]> {
    const { hostname, port } = this.#url;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect({ port: Number(port), host: hostname, noDelay: true });
      const timer = setTimeout(() => socket.destroy(new HangError()), DEADLINE_MS);
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('error', (error) => {
        // The gateway may close while we still write to it.
        if (error instanceof HangError) reject(error);
      });
      socket.on('close', () => {
        clearTimeout(timer);
        resolve(responsesIn(Buffer.concat(chunks).toString('latin1')));
      });
      const [first, second] = writes;
      socket.write(first ?? '', () => socket.end(second ?? ''));
    });
  }
}

function lengthOf(body: Buffer | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(body.length) };
}

/** Reads the responses on a connection; a body of ours is never chunked, and never ends in the middle. */
export function responsesIn(received: string): readonly ReceivedResponse[] {
  const responses: ReceivedResponse[] = [];
  let rest = received;
  while (rest !== '') {
    const [, status = '', head = ''] = /^HTTP\/1\.1 (\d{3})[^\r\n]*\r\n([\s\S]*?\r\n)?\r\n/.exec(rest) ?? [];
    const start = rest.indexOf('\r\n\r\n') + 4;
    if (status === '' || start < 4) throw new Error(`not a response: ${JSON.stringify(rest.slice(0, 80))}`);
    const headers = Object.fromEntries(
      head
        .split('\r\n')
        .filter((line) => line !== '')
        .map((line) => [
          line.slice(0, line.indexOf(':')).toLowerCase(),
          line.slice(line.indexOf(':') + 1).trim(),
        ]),
    );
    const length = status.startsWith('1') ? 0 : Number(headers['content-length'] ?? 0);
    const body = rest.slice(start, start + length);
    responses.push({ status: Number(status), headers, body: Buffer.from(body, 'latin1') });
    rest = rest.slice(start + length);
  }
  return responses;
}
