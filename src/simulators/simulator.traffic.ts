import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { isRequestId } from './request.id.js';

/** Minutes of a benchmark, and about 20 MB. */
const CALLS_MAX = 100_000;

/** One call as the vendor receives it, whether it is executed, refused or broken off. */
export interface ReceivedCall {
  readonly seq: number;
  /** Milliseconds since 1970 with decimals, of real time and never set back. */
  readonly atMs: number;
  /** When the response was sent or the connection closed; null while the call is in progress. */
  endedMs: number | null;
  /** null for a path without endpoint. */
  operation: string | null;
  /** null without a response. */
  status: number | null;
  /** Calls in progress at its arrival, itself included. */
  readonly inProgress: number;
  readonly requestId?: string;
}

/** By the raw request, so that an endpoint can name its operation without a reference to the log. */
const received = new WeakMap<IncomingMessage, ReceivedCall>();

/** Names the operation of a call in the traffic log, also of one that is refused afterwards. */
export function nameReceivedCall({ raw }: FastifyRequest, operation: string): void {
  const call = received.get(raw);
  if (call) call.operation = operation;
}

/** Every call to the vendor in order of arrival, the last 100,000 of them. Calls to controls are left out. */
export class TrafficLog {
  #calls: ReceivedCall[] = [];
  #seq = 0;
  #dropped = 0;
  #inProgress = 0;

  /** @param limit calls kept */
  constructor(private readonly limit = CALLS_MAX) {}

  /** `dropped`: older calls that are not listed any more. */
  get shown() {
    return { calls: this.#calls, dropped: this.#dropped, inProgress: this.#inProgress };
  }

  /** Forgets all calls. Those in progress still count in `inProgress`. */
  clear(): void {
    this.#calls = [];
    this.#dropped = 0;
  }

  receive({ raw, headers }: FastifyRequest, response: NodeJS.EventEmitter & ResponseState): ReceivedCall {
    this.#inProgress += 1;
    this.#seq += 1;
    const requestId = headers['x-request-id'];
    const call: ReceivedCall = {
      seq: this.#seq,
      atMs: nowMs(),
      endedMs: null,
      operation: null,
      status: null,
      inProgress: this.#inProgress,
      ...(isRequestId(requestId) ? { requestId } : {}),
    };
    received.set(raw, call);
    this.#keep(call);
    // After the last byte, and also when the connection ends before.
    response.once('close', () => {
      this.#inProgress -= 1;
      call.endedMs = nowMs();
      if (response.headersSent) call.status = response.statusCode;
    });
    return call;
  }

  /** Drops a tenth at a time: to remove one from a long array costs as much as to remove many. */
  #keep(call: ReceivedCall): void {
    this.#calls.push(call);
    if (this.#calls.length <= this.limit) return;
    const dropped = Math.ceil(this.limit / 10);
    this.#calls.splice(0, dropped);
    this.#dropped += dropped;
  }
}

interface ResponseState {
  readonly headersSent: boolean;
  readonly statusCode: number;
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Records every call and adds `GET` and `DELETE /__traffic`. */
export function recordTraffic(server: FastifyInstance, traffic = new TrafficLog()): void {
  server.addHook('onRequest', (request, reply, done) => {
    if (!isControl(request)) traffic.receive(request, reply.raw);
    done();
  });
  server.get('/__traffic', () => traffic.shown);
  server.delete('/__traffic', (_request, reply) => {
    traffic.clear();
    return reply.code(204).send();
  });
}

function isControl({ originalUrl }: FastifyRequest): boolean {
  return originalUrl.startsWith('/__');
}
