import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { AddressInfo, Socket } from 'node:net';
import { callingRequest, rememberCallingRequests } from './calling.request.js';
import { addClockControl, type SimulatorClock } from './simulator.clock.js';
import type { Faults } from './simulator.faults.js';

/** One effect really committed by a simulator. Carries the ids it touched, never a credential. */
export interface Effect {
  readonly seq: number;
  /** RFC 3339, UTC, by the simulator's clock. */
  readonly at: string;
  readonly operation: string;
  /** `X-Request-Id` of the call, when it had a sane one: tells which of several calls it was. */
  readonly requestId?: string;
  readonly [id: string]: unknown;
}

/** What a simulated endpoint answers, before a fault may spoil it. */
export interface Answer {
  readonly status: number;
  /** For the status line, where the status has no common one. */
  readonly reason?: string;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RunningSimulator {
  /** Origin, for example `http://127.0.0.1:4001`. */
  readonly url: string;
  close(): Promise<void>;
}

export interface SimulatorOptions {
  /** 0 picks a free port. */
  readonly port: number;
  /** Loopback unless told; compose binds to all addresses of its container. */
  readonly host?: string;
}

/** Keeps the truth: every effect in the order in which it was committed. */
export class Truth {
  readonly effects: Effect[] = [];

  /** `now` is the simulator's own clock, so that effects and answers tell the same time. */
  constructor(private readonly now: () => Date = () => new Date()) {}

  record(operation: string, ids: Record<string, unknown> = {}): void {
    const requestId = callingRequest();
    this.effects.push({
      ...ids,
      seq: this.effects.length + 1,
      at: this.now().toISOString(),
      operation,
      ...(requestId === undefined ? {} : { requestId }),
    });
  }
}

/**
 * Does the work of one call under the fault that waits for it, if any. `work` commits its effects; `refuse` shapes
 * the vendor's error for a `status-<n>` fault, which happens instead of the work.
 */
// oxlint-disable-next-line max-params -- what is called under a fault, and what instead of it, belong together
export async function underFaults(
  faults: Faults,
  operation: string,
  reply: FastifyReply,
  work: () => Answer | Promise<Answer>,
  refuse: (status: number) => Answer,
): Promise<void> {
  const fault = faults.take(operation);
  if (fault) await faults.holdBack(fault);
  if (fault?.kind === 'reset-before') return abandon(reply);
  if (fault?.kind.startsWith('status-')) return give(reply, refuse(Number(fault.kind.slice(7))));
  const answer = await work();
  switch (fault?.kind) {
    case 'reset-after':
      return abandon(reply);
    case 'hang-after':
      reply.hijack();
      return;
    case 'garbled':
      return give(reply, { ...answer, body: `<html>${answer.body.slice(0, 10)}` });
    case 'truncated':
      return truncate(reply, answer);
    default:
      return give(reply, answer);
  }
}

/** Closes the connection without an answer, as a crashed server would: a TCP reset where the platform allows. */
function abandon(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.socket?.resetAndDestroy();
}

/** Sends an answer that no fault touches. */
export function give(reply: FastifyReply, answer: Answer): void {
  if (answer.reason !== undefined) reply.raw.statusMessage = answer.reason;
  void reply
    .code(answer.status)
    .headers(answer.headers ?? {})
    .header('content-type', answer.contentType)
    .send(answer.body);
}

/** Announces the whole length, sends half, and hangs up. */
function truncate(reply: FastifyReply, answer: Answer): void {
  reply.hijack();
  const bytes = Buffer.from(answer.body);
  reply.raw.writeHead(answer.status, answer.reason, {
    'content-type': answer.contentType,
    'content-length': Math.max(bytes.length, 2),
  });
  reply.raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => reply.raw.socket?.destroy());
}

/** What every simulator has. */
export interface SimulatorParts {
  readonly faults: Faults;
  readonly truth: Truth;
  readonly clock: SimulatorClock;
}

/** How a vendor takes what comes before any endpoint. */
export interface VendorManners {
  readonly rewriteUrl?: (url: string) => string;
  /** What it answers to an address or a method that it does not have. */
  readonly unknown: (request: FastifyRequest) => Answer;
}

/** A server with the controls every simulator has: `/__faults`, `/__clock` and `/__ledger`. */
export function createSimulatorServer(
  { faults, truth, clock }: SimulatorParts,
  { rewriteUrl = (url) => url, unknown }: VendorManners,
): FastifyInstance {
  const server: FastifyInstance = Fastify({
    forceCloseConnections: true,
    rewriteUrl: (request) => rewriteUrl(request.url ?? '/'),
    // An address whose escapes cannot be decoded is none that a vendor has.
    frameworkErrors: (_error, request, reply) => give(reply, unknown(request)),
    clientErrorHandler: refuseNonsense,
  });
  server.setErrorHandler<FastifyError>((error, _request, reply) =>
    reply.code(error.statusCode ?? 500).send({ error: error.message }),
  );
  // A client that names a content type on every call gets on with an empty body.
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)));
    } catch {
      done(Object.assign(new Error('not JSON'), { statusCode: 400 }));
    }
  });
  rememberCallingRequests(server);
  addClockControl(server, clock);
  server.get('/__ledger', () => ({ effects: truth.effects }));
  server.get('/__faults', () => faults.standing);
  server.post('/__faults', (request, reply) => {
    const refusal = faults.add(request.body);
    return refusal ? reply.code(400).send({ error: refusal }) : reply.code(204).send();
  });
  server.delete('/__faults', (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
  return server;
}

/** Answers what leads nowhere in the vendor's words, whatever its body is; below `/__` in ours. */
export function answerUnknown(vendor: FastifyInstance, unknown: VendorManners['unknown']): void {
  vendor.setNotFoundHandler((request, reply) => {
    if (!request.originalUrl.startsWith('/__')) return give(reply, unknown(request));
    const error = `no control ${request.method} ${request.originalUrl}`;
    return give(reply, { status: 404, contentType: 'application/json', body: JSON.stringify({ error }) });
  });
}

/** What is not HTTP. Who says so, and how, is not known of any vendor: a status and nothing else. */
function refuseNonsense(_error: Error, socket: Socket): void {
  if (socket.writable)
    socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
}

export async function listen(
  server: FastifyInstance,
  { port, host = '127.0.0.1' }: SimulatorOptions,
): Promise<RunningSimulator> {
  await server.listen({ port, host });
  const address = server.server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}
