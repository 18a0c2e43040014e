import { bodyOf, HttpSocket } from '../support/http.socket.js';
import { quantile } from '../support/load.js';
import { figuresOfProcess } from '../support/process.figures.js';
import type { Contender, ContenderName } from './contenders.js';
import type { Workload } from './workloads.js';

/** What one contender did in one round. */
export interface Round {
  readonly perSecond: number;
  /** Of the server, a request. undefined where the system does not show it. */
  readonly cpuMicroseconds: number | undefined;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of responses that came from a cache, by their headers. */
  readonly hitShare: number;
  readonly residentBytes: number | undefined;
}

export type Rounds = ReadonlyMap<ContenderName, readonly Round[]>;

export interface Pace {
  readonly seconds: number;
  readonly rounds: number;
}

/** The compiler has settled by then, and the connections to the vendor are open. */
const WARM_UP_SECONDS = 1.5;

const HIT = /\r\n(?:cache-status: [^\r]*\bhit\b|x-cache-status: HIT)/i;

/**
 * Measures every contender in each round, and begins with another one each time. One that does not do what the workload is
 * about is left out, with a note.
 */
export async function measureRounds(
  workload: Workload,
  contenders: readonly Contender[],
  { seconds, rounds }: Pace,
  note: (text: string) => void,
): Promise<Rounds> {
  const all = new Map<ContenderName, Round[]>(contenders.map(({ name }) => [name, []]));
  const unlessItFails = async ({ name }: Contender, work: () => Promise<unknown>): Promise<void> => {
    if (!all.has(name)) return;
    await work().catch((error: unknown) => {
      all.delete(name);
      note(`${workload.name}: ${name} is left out: ${String(error)}`);
    });
  };
  for (const contender of contenders) {
    await unlessItFails(contender, async () => {
      await verify(workload, contender);
      await measure(workload, contender, WARM_UP_SECONDS);
    });
  }
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      await unlessItFails(contender, async () => {
        all.get(contender.name)?.push(await measure(workload, contender, seconds));
      });
    }
  }
  return all;
}

/** @throws Error when the contender does not do what the workload is about: it would be fast for nothing */
async function verify(workload: Workload, { name, url }: Contender): Promise<void> {
  const next = workload.requests(name);
  const socket = await HttpSocket.connect(url);
  try {
    // The first request of a limited caller is served.
    for (let sent = 1; sent < workload.statuses.length; sent += 1) await socket.exchange(next());
    const reply = await socket.exchange(next());
    const body = bodyOf(reply);
    if (reply.status === workload.statuses[0] && workload.isRight(JSON.parse(body || '{}'))) return;
    throw new Error(`response ${reply.status} ${body.slice(0, 500)}`);
  } finally {
    socket.close();
  }
}

async function measure(workload: Workload, { name, url, pid }: Contender, seconds: number): Promise<Round> {
  const next = workload.requests(name);
  const latenciesMs: number[] = [];
  let hits = 0;
  const sockets = await Promise.all(Array.from({ length: workload.clients }, () => HttpSocket.connect(url)));
  const before = figuresOfProcess(pid);
  const started = performance.now();
  const end = started + seconds * 1_000;
  const client = async (socket: HttpSocket): Promise<void> => {
    for (let begun = performance.now(); begun < end; begun = performance.now()) {
      const reply = await socket.exchange(next());
      latenciesMs.push(performance.now() - begun);
      if (HIT.test(reply.head)) hits += 1;
      if (workload.statuses.includes(reply.status)) continue;
      throw new Error(`response ${reply.status} ${bodyOf(reply).slice(0, 500)}`);
    }
  };
  await Promise.all(sockets.map(client));
  const elapsed = (performance.now() - started) / 1_000;
  const after = figuresOfProcess(pid);
  sockets.forEach((socket) => socket.close());
  const count = latenciesMs.length;
  return {
    perSecond: count / elapsed,
    cpuMicroseconds: before && after && (after.cpuMicroseconds - before.cpuMicroseconds) / count,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    hitShare: hits / count,
    residentBytes: after?.residentBytes,
  };
}
