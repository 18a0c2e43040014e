import type { FastifyInstance } from 'fastify';

/** 30 days, more than any delay or lifetime under test. */
const OFFSET_MS_MAX = 2_592_000_000;

/** How often waiting work checks the base time, which a test may have moved. */
const CHECK_MS_MAX = 100;

interface Waiter {
  readonly atMs: number;
  readonly resolve: () => void;
}

/**
 * The simulator's time: a base (the machine or a test) plus an offset that `PUT /__clock` moves. Work that waits for a
 * time runs when the clock reaches it, also when moved past it, with the clock at exactly that time and in order.
 */
export class SimulatorClock {
  #offsetMs = 0;
  #waiting: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param baseMs base time, milliseconds since 1970 */
  constructor(private readonly baseMs: () => number = Date.now) {}

  readonly nowMs = (): number => this.baseMs() + this.#offsetMs;

  readonly now = (): Date => new Date(this.nowMs());

  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** When the next waiting work is due, milliseconds since 1970. */
  get nextMs(): number | undefined {
    return this.#next()?.atMs;
  }

  /** Waits on this clock. */
  after(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ atMs: this.nowMs() + ms, resolve });
      this.#check();
    });
  }

  /** Moves the clock. Resolves when all work that became due is done. */
  async moveTo(offsetMs: number): Promise<void> {
    for (let next = this.#next(); next; next = this.#next()) {
      if (next.atMs > this.baseMs() + offsetMs) break;
      this.#offsetMs = Math.max(this.#offsetMs, next.atMs - this.baseMs());
      await this.#release(next);
    }
    this.#offsetMs = offsetMs;
    this.#check();
  }

  #next(): Waiter | undefined {
    return this.#waiting.reduce<Waiter | undefined>(
      (first, each) => (first && first.atMs <= each.atMs ? first : each),
      undefined,
    );
  }

  /** Resolves after the continuations of the waiter have run. */
  #release(waiter: Waiter): Promise<void> {
    this.#waiting = this.#waiting.filter((each) => each !== waiter);
    waiter.resolve();
    return new Promise((resolve) => setImmediate(resolve));
  }

  #check(): void {
    clearTimeout(this.#timer);
    const next = this.#next();
    if (!next) return;
    const remainingMs = next.atMs - this.nowMs();
    if (remainingMs <= 0) {
      void this.#release(next).then(() => this.#check());
      return;
    }
    this.#timer = setTimeout(() => this.#check(), Math.min(remainingMs, CHECK_MS_MAX)).unref();
  }
}

/** `GET /__clock` and `PUT /__clock` with `{ offsetMs }` or `{ advanceMs }`. */
export function addClockControl(server: FastifyInstance, clock: SimulatorClock): void {
  const shown = () => ({
    now: clock.now().toISOString(),
    offsetMs: clock.offsetMs,
    next: clock.nextMs === undefined ? null : new Date(clock.nextMs).toISOString(),
  });
  server.get('/__clock', shown);
  server.put('/__clock', async (request, reply) => {
    const offsetMs = wantedOffset(clock, request.body);
    if (typeof offsetMs === 'string') return reply.code(400).send({ error: offsetMs });
    await clock.moveTo(offsetMs);
    return shown();
  });
}

function wantedOffset(clock: SimulatorClock, body: unknown): number | string {
  const { offsetMs, advanceMs } = (body ?? {}) as Record<string, unknown>;
  if ((offsetMs === undefined) === (advanceMs === undefined))
    return 'either offsetMs or advanceMs is expected';
  const given = offsetMs ?? advanceMs;
  const least = offsetMs === undefined ? 0 : -OFFSET_MS_MAX;
  const wanted = Number(given) + (offsetMs === undefined ? clock.offsetMs : 0);
  const isWithin = (ms: number) => ms <= OFFSET_MS_MAX && ms >= -OFFSET_MS_MAX;
  if (Number.isInteger(given) && (given as number) >= least && isWithin(wanted)) return wanted;
  const name = offsetMs === undefined ? 'advanceMs' : 'offsetMs';
  return `${name} must be a whole number of milliseconds from ${least} to ${OFFSET_MS_MAX}, the whole offset too`;
}
