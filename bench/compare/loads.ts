import { bodyOf, HttpSocket } from '../support/http.socket.js';
import { openLoop } from '../support/load.js';
import type { Contender } from './contenders.js';
import type { Workload } from './workloads.js';

/** What came back in one round. */
export interface Load {
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  /** Responses that came from a cache, by their headers. */
  readonly hits: number;
}

const HIT = /\r\n(?:cache-status: [^\r]*\bhit\b|x-cache-status: HIT)/i;

/** @throws Error at the first response that the workload does not expect: its figures would mean nothing */
export async function loadOf(workload: Workload, contender: Contender, seconds: number): Promise<Load> {
  const clients = new Clients(workload, contender);
  await clients.connect(workload.clients);
  const started = performance.now();
  try {
    await (workload.perSecond === undefined
      ? clients.closedLoop(started + seconds * 1_000)
      : openLoop({ perSecond: workload.perSecond, seconds }, () => clients.one()));
    return { ...clients.result, seconds: (performance.now() - started) / 1_000 };
  } finally {
    clients.close();
  }
}

class Clients {
  readonly #all: HttpSocket[] = [];
  readonly #idle: HttpSocket[] = [];
  readonly #next: () => string;
  readonly #latenciesMs: number[] = [];
  #hits = 0;

  constructor(
    private readonly workload: Workload,
    private readonly contender: Contender,
  ) {
    this.#next = workload.requests(contender.name);
  }

  async connect(count: number): Promise<void> {
    const sockets = Array.from({ length: count }, () => this.#connect());
    this.#idle.push(...(await Promise.all(sockets)));
  }

  /** Every connection sends the next request as soon as it has a response, until that time. */
  async closedLoop(endMs: number): Promise<void> {
    const client = async (socket: HttpSocket): Promise<void> => {
      for (let begun = performance.now(); begun < endMs; begun = performance.now()) {
        await this.#exchange(socket, begun);
      }
    };
    await Promise.all(this.#idle.map(client));
  }

  /** One request on a connection that is free, or on a new one. */
  async one(): Promise<void> {
    const begun = performance.now();
    const socket = this.#idle.pop() ?? (await this.#connect());
    await this.#exchange(socket, begun);
    this.#idle.push(socket);
  }

  get result() {
    return { latenciesMs: this.#latenciesMs, hits: this.#hits };
  }

  close(): void {
    this.#all.forEach((socket) => socket.close());
  }

  async #connect(): Promise<HttpSocket> {
    const socket = await HttpSocket.connect(this.contender.url);
    this.#all.push(socket);
    return socket;
  }

  async #exchange(socket: HttpSocket, begun: number): Promise<void> {
    const reply = await socket.exchange(this.#next());
    this.#latenciesMs.push(performance.now() - begun);
    if (HIT.test(reply.head)) this.#hits += 1;
    if (this.workload.statuses.includes(reply.status)) return;
    throw new Error(`response ${reply.status} ${bodyOf(reply).slice(0, 500)}`);
  }
}
