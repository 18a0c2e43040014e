import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Metrics } from '../../telemetry/metrics.js';

/**
 * Counts requests that have no complete response yet and whose client is still connected. By connection: a response that
 * waits behind another one on a connection that breaks never reports its own end.
 */
@Injectable()
export class RequestsInFlight {
  readonly #ofConnections = new Map<Socket, number>();
  #count = 0;
  #total = 0;

  constructor({ registry }: Metrics) {
    const gauge: Gauge = new Gauge({
      name: 'tollgate_http_requests_in_flight',
      help: 'Requests whose response is not complete and whose client is still connected',
      registers: [registry],
      collect: () => gauge.set(this.#count),
    });
  }

  get count(): number {
    return this.#count;
  }

  /** Since the start of the process. */
  get total(): number {
    return this.#total;
  }

  /** @param response of a request that begins now */
  begin(socket: Socket, response: ServerResponse): void {
    const known = this.#ofConnections.get(socket);
    if (known === undefined) socket.once('close', () => this.#forget(socket));
    this.#ofConnections.set(socket, (known ?? 0) + 1);
    this.#count += 1;
    this.#total += 1;
    response.once('close', () => this.#end(socket));
  }

  #end(socket: Socket): void {
    const open = this.#ofConnections.get(socket) ?? 0;
    if (open === 0) return;
    this.#ofConnections.set(socket, open - 1);
    this.#count -= 1;
  }

  #forget(socket: Socket): void {
    this.#count -= this.#ofConnections.get(socket) ?? 0;
    this.#ofConnections.delete(socket);
  }
}
