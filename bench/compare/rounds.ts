import { bodyOf, HttpSocket } from '../support/http.socket.js';
import { quantile } from '../support/load.js';
import { figuresOfProcess } from '../support/process.figures.js';
import type { Contender, ContenderName } from './contenders.js';
import { loadOf } from './loads.js';
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

/**
 * The compiler has nearly settled after so many requests: an uncached check of Tollgate takes 700 us in the first thousand, 200 in
 * the next ten, 115 at last. A slow machine, or contender, does not get them done in any useful time.
 */
const WARM_UP = { requests: 30_000, partSeconds: 0.5, parts: 10 } as const;

/**
 * Measures every contender in each round, in the same order, so that none stands idle for longer than the others take: V8 drops
 * compiled code and shrinks the young generation of a process that was idle for 8 s, and a check costs five times as much then.
 * One that does not do what the workload is about is left out, with a note.
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
  for (const contender of contenders) await unlessItFails(contender, () => verify(workload, contender));
  await warmUp(workload, contenders, unlessItFails);
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
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

/** In turn, as they are measured. */
async function warmUp(
  workload: Workload,
  contenders: readonly Contender[],
  unlessItFails: (contender: Contender, work: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const { requests, partSeconds, parts } = WARM_UP;
  const sent = new Map<ContenderName, number>();
  for (let part = 0; part < parts; part += 1) {
    for (const contender of contenders) {
      const before = sent.get(contender.name) ?? 0;
      if (before >= requests) continue;
      await unlessItFails(contender, async () => {
        const { latenciesMs } = await loadOf(workload, contender, partSeconds);
        sent.set(contender.name, before + latenciesMs.length);
      });
    }
  }
}

async function measure(workload: Workload, contender: Contender, seconds: number): Promise<Round> {
  const before = figuresOfProcess(contender.pid);
  const load = await loadOf(workload, contender, seconds);
  const after = figuresOfProcess(contender.pid);
  const count = load.latenciesMs.length;
  return {
    perSecond: count / load.seconds,
    cpuMicroseconds: before && after && (after.cpuMicroseconds - before.cpuMicroseconds) / count,
    p50Ms: quantile(load.latenciesMs, 0.5),
    p99Ms: quantile(load.latenciesMs, 0.99),
    hitShare: load.hits / count,
    residentBytes: after?.residentBytes,
  };
}
