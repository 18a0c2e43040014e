import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../../config/clock.js';
import { Environment } from '../../../config/environment/environment.js';
import { Metrics, type OverloadReason } from '../../../telemetry/metrics.js';
import { ProcessProbe, SAMPLE_EVERY_MS } from './process.probe.js';
import { StandingExcess } from './standing.excess.js';

/** Shedding ends at half the delay at which it begins, because refusing makes the delay shorter at once. */
const DELAY_RECOVERED = 0.5;

/** Memory comes back with the garbage collector: 5 points of per cent are more than it moves by itself. */
const MEMORY_RECOVERED = 0.05;

interface Watched {
  readonly reason: OverloadReason;
  readonly excess: StandingExcess;
  readonly words: string;
}

/** Watches the event loop and the memory of this process. */
@Injectable()
export class OverloadWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #log = new Logger('Overload');
  readonly #delay: Watched;
  readonly #memory: Watched;
  #timer: NodeJS.Timeout | undefined;
  #current: Watched | undefined;

  constructor(
    private readonly probe: ProcessProbe,
    private readonly clock: Clock,
    { shedEventLoopDelayMs: delayMs, shedMemoryPercent: percent }: Environment,
    metrics: Metrics,
  ) {
    const max = delayMs || Infinity;
    const share = percent / 100 || Infinity;
    this.#delay = {
      reason: 'event_loop',
      excess: new StandingExcess({ max, recovered: max * DELAY_RECOVERED }),
      words: `the event loop is more than ${delayMs} ms behind`,
    };
    this.#memory = {
      reason: 'memory',
      excess: new StandingExcess({ max: share, recovered: share - MEMORY_RECOVERED }),
      words: `more than ${percent} % of the memory is used`,
    };
    metrics.overloadedBy(() => this.reason);
  }

  /** Why new requests are refused; undefined while they are not. */
  get reason(): OverloadReason | undefined {
    return this.#current?.reason;
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.#sample(), SAMPLE_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const { eventLoopDelayMs, memoryShare } = this.probe.read();
    const nowMs = this.clock.monotonicMs();
    this.#delay.excess.observe(eventLoopDelayMs, nowMs);
    this.#memory.excess.observe(memoryShare, nowMs);
    const before = this.#current;
    this.#current = [this.#memory, this.#delay].find(({ excess }) => excess.isOver);
    if (this.#current === before) return;
    if (this.#current) this.#log.warn(`new requests are refused: ${this.#current.words}`);
    else this.#log.log('new requests are served again');
  }
}
