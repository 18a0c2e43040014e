import type { CallOutcome } from '../../../../src/upstreams/budget/budget.types.js';
import { SlidingLog } from './sliding.log.js';
import type { Timeline } from './timeline.js';
import type { Random } from '../../../support/random.js';

export type VendorMood = 'well' | 'throttling' | 'failing' | 'hanging' | 'unreachable';

export interface VendorConnection {
  readonly isProbe: boolean;
  /** The head and the whole response, or nothing while the vendor hangs. */
  responded(outcome: CallOutcome): void;
}

/** Counts calls when they arrive, in a sliding log, and the calls under way. */
export class SimulatedVendor {
  mood: VendorMood = 'well';
  readonly log = new SlidingLog();
  mostProbes = 0;
  #probes = 0;

  constructor(
    private readonly time: Timeline,
    private readonly random: Random,
  ) {}

  /** Returns what closes the connection from the other end. */
  arrive(connection: VendorConnection): () => void {
    const leave = this.log.arrive(this.time.nowMs);
    if (connection.isProbe) this.#probes += 1;
    this.mostProbes = Math.max(this.mostProbes, this.#probes);
    let isOver = false;
    const end = () => {
      if (!isOver && connection.isProbe) this.#probes -= 1;
      isOver = true;
      leave();
    };
    if (this.mood !== 'hanging') {
      const outcome = this.#outcome();
      const ms = outcome.kind === 'complete' ? 20 + this.random.exponential(60) : 5;
      this.time.after(ms, () => {
        if (isOver) return;
        end();
        connection.responded(outcome);
      });
    }
    return end;
  }

  #outcome(): CallOutcome {
    if (this.mood === 'throttling') return { kind: 'throttled', retryAfterMs: 700 };
    return { kind: this.mood === 'failing' ? 'failed' : 'complete' };
  }
}
