import { Injectable } from '@nestjs/common';
import { getHeapStatistics } from 'node:v8';
import { Clock } from '../../../config/clock.js';

/** Late timers are seen within this time; a sample costs 0.06 ms. */
export const SAMPLE_EVERY_MS = 100;

export interface ProcessLoad {
  /** By how much the timer of this sample was late: what every step of every request waits for its turn. */
  readonly eventLoopDelayMs: number;
  /** Of what the process may use, the smaller of the limits of its container and of its heap. 1 is the end of it. */
  readonly memoryShare: number;
}

/** Measures this process. */
@Injectable()
export class ProcessProbe {
  #lastMs: number | undefined;

  constructor(private readonly clock: Clock) {}

  /** Call it `SAMPLE_EVERY_MS` after the call before. */
  read(): ProcessLoad {
    const nowMs = this.clock.monotonicMs();
    const dueMs = (this.#lastMs ?? nowMs - SAMPLE_EVERY_MS) + SAMPLE_EVERY_MS;
    this.#lastMs = nowMs;
    return { eventLoopDelayMs: Math.max(0, nowMs - dueMs), memoryShare: memoryShare() };
  }
}

function memoryShare(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  // 0 without a limit, or a number beyond any memory. Read each time: it can be changed while the container runs.
  const container = process.constrainedMemory();
  return Math.max(used / limit, container > 0 ? process.memoryUsage.rss() / container : 0);
}
