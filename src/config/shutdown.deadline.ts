import { Injectable } from '@nestjs/common';
import { performance } from 'node:perf_hooks';

/** When the calls of this process have to be over, once its shutdown has begun. */
@Injectable()
export class ShutdownDeadline {
  #endsAt = Infinity;

  /** The shutdown begins: every call has to be over within `ms`. */
  begin(ms: number): void {
    this.#endsAt = Math.min(this.#endsAt, performance.now() + ms);
  }

  /** Milliseconds left for calls; `Infinity` before the shutdown. */
  msLeft(): number {
    return this.#endsAt - performance.now();
  }
}
