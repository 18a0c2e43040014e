import { Injectable } from '@nestjs/common';
import { performance } from 'node:perf_hooks';

/** Where the time comes from; tests put another one in its place. */
@Injectable()
export class Clock {
  /** The time of day: expiry of keys. */
  now(): Date {
    return new Date();
  }

  /** Milliseconds since some moment, never set back: windows and durations. */
  monotonicMs(): number {
    return performance.now();
  }
}
