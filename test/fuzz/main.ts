/**
 * `npm run fuzz -- --requests 20000 --seed 1`: hostile requests against a running gateway, three of four made from its
 * own OpenAPI document, the others bytes on bare connections. Request i follows from the seed and i alone, so
 * `--from i --requests 1` sends it again; what it meets depends on the requests before it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { leaksIn } from '../canary/needles.js';
import { Random } from '../support/random.js';
import { numberOptions, orExit, SEEDS } from '../support/number.options.js';
import { ApiDocument } from './api.document.js';
import { flawsOf } from './checks.js';
import { FuzzWorld, type Memory } from './fuzz.world.js';
import type { PlannedRequest } from './planned.request.js';
import { RawRequests } from './raw.requests.js';
import { SchemaRequests } from './schema.requests.js';
import { Sender } from './sender.js';
import { mib, FuzzTally } from './fuzz.tally.js';

/** Sent at the same time: enough for requests to meet, few enough to see which one did it. */
const CONCURRENCY = 8;

/** The share of the run after which caches are filled and code is compiled. */
const WARM_UP = 0.3;

const PRIME = 0x9e3779b1;

/** The largest run takes a night; the index of a request is mixed into 32 bits. */
const OPTIONS = {
  requests: { min: 1, max: 10_000_000, default: 2_000 },
  seed: SEEDS,
  from: { min: 0, max: 1_000_000_000, default: 0 },
};

class FuzzRun {
  readonly #tally = new FuzzTally();
  readonly #schema: SchemaRequests;
  readonly #raw: RawRequests;
  readonly #sender: Sender;

  constructor(
    private readonly world: FuzzWorld,
    document: ApiDocument,
    private readonly seed: number,
  ) {
    this.#schema = new SchemaRequests(document, world.keys);
    this.#raw = new RawRequests(world.keys.full);
    this.#sender = new Sender(world.url);
  }

  async run(from: number, requests: number): Promise<FuzzTally> {
    const warm = from + Math.round(requests * WARM_UP);
    await this.#send(from, warm);
    const before = await this.#restingMemory();
    await this.#send(warm, from + requests);
    const after = await this.#restingMemory();
    this.#sender.close();
    if (before && after) {
      this.#tally.judge(before, after);
      const figures = (['heap', 'resident'] as const).map(
        (name) => `${name} ${mib(before[name])} -> ${mib(after[name])} MiB`,
      );
      process.stdout.write(
        `memory     ${figures.join(', ')} (after ${warm - from} and ${requests} requests)\n`,
      );
    }
    for (const { canary, form } of leaksIn([this.world.log], this.world.canaries)) {
      this.#tally.find(`the log holds ${canary} as ${form}`, requests);
    }
    return this.#tally;
  }

  async #send(from: number, to: number): Promise<void> {
    let next = from;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < to && this.world.isAlive; index = next++) await this.#one(index);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  async #one(index: number): Promise<void> {
    const planned = this.#plan(index);
    const started = performance.now();
    try {
      const responses = await this.#sender.send(planned);
      this.#tally.add(planned, responses, performance.now() - started);
      for (const response of responses) {
        for (const flaw of flawsOf(planned, response, this.world.canaries))
          this.#tally.find(flaw, index, planned);
      }
      if (planned.kind === 'http' && responses.length === 0) this.#tally.find('no response', index, planned);
    } catch (error) {
      const flaw = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
      this.#tally.find(this.world.isAlive ? flaw : 'the gateway has crashed', index, planned);
    }
  }

  #plan(index: number): PlannedRequest {
    const random = new Random(Math.imul(this.seed, PRIME) + Math.imul(index + 1, 0x85ebca6b));
    return random.chance(0.25) ? this.#raw.next(random) : this.#schema.next(random);
  }

  /** The lowest of some moments without requests: timers, sockets and the database have come to rest. */
  async #restingMemory(): Promise<Memory | undefined> {
    let lowest: Memory | undefined;
    for (let sample = 0; sample < 10 && this.world.isAlive; sample += 1) {
      const now = await this.world.memory();
      lowest = {
        heap: Math.min(lowest?.heap ?? Infinity, now.heap),
        resident: Math.min(lowest?.resident ?? Infinity, now.resident),
      };
      await sleep(200);
    }
    return lowest;
  }
}

async function main(): Promise<number> {
  const { requests, seed, from } = orExit(() => numberOptions(OPTIONS));
  const started = performance.now();
  const world = await FuzzWorld.start();
  let findings = 1;
  try {
    const document = new ApiDocument((await (await fetch(`${world.url}/openapi.json`)).json()) as never);
    const tally = await new FuzzRun(world, document, seed).run(from, requests);
    if (!world.isAlive) tally.find('the gateway has crashed', tally.requests);
    ({ findings } = tally);
    process.stdout.write(`${tally.report()}\n`);
  } finally {
    await world.stop();
    process.stdout.write(`seconds    ${((performance.now() - started) / 1_000).toFixed(0)}\n`);
    process.stdout.write(`repeat     npm run fuzz -- --requests ${requests} --seed ${seed}\n`);
    if (findings === 0) world.remove();
    else process.stdout.write(`logs       ${world.folder}\n`);
  }
  return findings === 0 ? 0 : 1;
}

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(
      `The fuzz run ends: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown'}\n`,
    );
    process.exit(1);
  },
);
