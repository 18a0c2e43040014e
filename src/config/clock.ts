import { Injectable } from '@nestjs/common';
import { performance } from 'node:perf_hooks';

/** The source of time; tests provide another. */
@Injectable()
export class Clock {
  /** The time of day: expiry of keys. */
  now(): Date {
    return new Date();
  }

  /** Milliseconds of a clock that is never set back: windows and durations. */
  monotonicMs(): number {
    return performance.now();
  }
}
