import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { AddressInfo, Socket } from 'node:net';
import { type Keepable, StateKeeper } from './kept.state.js';
import { currentRequestId, trackRequestIds } from './request.id.js';
import { addClockControl, type SimulatorClock } from './simulator.clock.js';
import type { Faults } from './simulator.faults.js';
import { nameReceivedCall, recordTraffic } from './simulator.traffic.js';

/** One executed effect. Carries the ids that it concerned, never a credential. */
export interface Effect {
  readonly seq: number;
  /** RFC 3339 in UTC, on the simulator's clock. */
  readonly at: string;
  readonly operation: string;
  /** `X-Request-Id` of the call, if valid: identifies it among several calls. */
  readonly requestId?: string;
  readonly [id: string]: unknown;
}

/** The response of a simulated endpoint, before a fault is applied. */
export interface SimulatedResponse {
  readonly status: number;
  /** Reason phrase, for a status without a common one. */
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
  /** Default: loopback. Compose binds to all addresses of its container. */
  readonly host?: string;
  /** File that keeps what the vendor has stored from start to start. Without it every start is the first. */
  readonly stateFile?: string;
  /** After which ids are issued where no state is kept; without it always after the same. */
  readonly idsAfter?: number;
}

/** Every executed effect, in order: what tests compare the gateway's records with. */
export class EffectLog {
  readonly all: Effect[] = [];

  /** @param now the simulator's clock, so that effects and responses have the same time */
  constructor(private readonly now: () => Date = () => new Date()) {}

  /** Called after each effect. */
  onRecord: () => void = () => undefined;

  record(operation: string, ids: Record<string, unknown> = {}): void {
    const requestId = currentRequestId();
    this.all.push({
      ...ids,
      seq: this.all.length + 1,
      at: this.now().toISOString(),
      operation,
      ...(requestId === undefined ? {} : { requestId }),
    });
    this.onRecord();
  }
}

/**
 * Handles one call with the fault that is pending for it, if any.
 * @param work executes the call and records its effects
 * @param refuse makes the vendor's error for a `status-<n>` fault, which replaces the execution
 */
// oxlint-disable-next-line max-params -- the work and its replacement under a fault belong together
export async function underFaults(
  faults: Faults,
  operation: string,
  reply: FastifyReply,
  work: () => SimulatedResponse | Promise<SimulatedResponse>,
  refuse: (status: number) => SimulatedResponse,
): Promise<void> {
  nameReceivedCall(reply.request, operation);
  const fault = faults.take(operation);
  if (fault) await faults.holdBack(fault);
  if (fault?.kind === 'reset-before') return resetConnection(reply);
  if (fault?.kind.startsWith('status-')) return sendResponse(reply, refuse(Number(fault.kind.slice(7))));
  const response = await work();
  switch (fault?.kind) {
    case 'reset-after':
      return resetConnection(reply);
    case 'hang-after':
      reply.hijack();
      return;
    case 'garbled':
      return sendResponse(reply, { ...response, body: `<html>${response.body.slice(0, 10)}` });
    case 'truncated':
      return truncate(reply, response);
    default:
      return sendResponse(reply, response);
  }
}

/** Closes the connection without a response, as a crashed server would: a TCP reset where the platform allows. */
function resetConnection(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.socket?.resetAndDestroy();
}

/** Sends a response without a fault. */
export function sendResponse(reply: FastifyReply, response: SimulatedResponse): void {
  if (response.reason !== undefined) reply.raw.statusMessage = response.reason;
  void reply
    .code(response.status)
    .headers(response.headers ?? {})
    .header('content-type', response.contentType)
    .send(response.body);
}

/** Declares the whole length, sends half, and closes the connection. */
function truncate(reply: FastifyReply, response: SimulatedResponse): void {
  reply.hijack();
  const bytes = Buffer.from(response.body);
  reply.raw.writeHead(response.status, response.reason, {
    'content-type': response.contentType,
    'content-length': Math.max(bytes.length, 2),
  });
  reply.raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => reply.raw.socket?.destroy());
}

/** Parts of every simulator. */
export interface SimulatorParts {
  readonly faults: Faults;
  readonly effects: EffectLog;
  readonly clock: SimulatorClock;
}

/** Behaviour of a vendor outside of its endpoints. */
export interface VendorBehaviour {
  readonly rewriteUrl?: (url: string) => string;
  /** The response to an unknown path or method. */
  readonly unknown: (request: FastifyRequest) => SimulatedResponse;
}

/** A server with the controls of every simulator: `/__faults`, `/__clock`, `/__ledger` and `/__traffic`. */
export function createSimulatorServer(
  { faults, effects, clock }: SimulatorParts,
  { rewriteUrl = (url) => url, unknown }: VendorBehaviour,
): FastifyInstance {
  const server: FastifyInstance = Fastify({
    forceCloseConnections: true,
    rewriteUrl: (request) => rewriteUrl(request.url ?? '/'),
    // For a path that cannot be decoded.
    frameworkErrors: (_error, request, reply) => sendResponse(reply, unknown(request)),
    clientErrorHandler: refuseMalformedRequest,
  });
  server.setErrorHandler<FastifyError>((error, _request, reply) =>
    reply.code(error.statusCode ?? 500).send({ error: error.message }),
  );
  // An empty body is valid, for clients that send a content type on every call.
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)));
    } catch {
      done(Object.assign(new Error('not JSON'), { statusCode: 400 }));
    }
  });
  // Before any other hook: a call counts from its arrival.
  recordTraffic(server);
  trackRequestIds(server);
  addClockControl(server, clock);
  server.get('/__ledger', () => ({ effects: effects.all }));
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

/** Keeps the state in the file, after effects and controls. No effect without a file. */
export function keepState(
  server: FastifyInstance,
  effects: EffectLog,
  file: string | undefined,
  read: () => Keepable,
): void {
  if (file === undefined) return;
  const keeper = new StateKeeper(file, read);
  effects.onRecord = () => keeper.changed();
  server.addHook('onResponse', ({ method, originalUrl }, _reply, done) => {
    if (method !== 'GET' && originalUrl.startsWith('/__')) keeper.changed();
    done();
  });
  server.addHook('onClose', () => keeper.end());
}

/** Unknown paths get the vendor's error, with any body; unknown controls below `/__` get ours. */
export function setUnknownHandler(vendor: FastifyInstance, unknown: VendorBehaviour['unknown']): void {
  vendor.setNotFoundHandler((request, reply) => {
    if (!request.originalUrl.startsWith('/__')) return sendResponse(reply, unknown(request));
    const error = `no control ${request.method} ${request.originalUrl}`;
    return sendResponse(reply, {
      status: 404,
      contentType: 'application/json',
      body: JSON.stringify({ error }),
    });
  });
}

/** For malformed HTTP. No vendor's response to it is known: a bare status. */
function refuseMalformedRequest(_error: Error, socket: Socket): void {
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
