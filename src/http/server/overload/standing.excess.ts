/** A measure is over when it was above `max` all the time, and no longer when it was below `recovered` all the time. */
export interface ExcessLimits {
  readonly max: number;
  readonly recovered: number;
}

/** One long garbage collection or one large body is over before a refusal helps; only what stands is overload. */
const STANDING_MS = 1_000;

/** Of which at least so many samples: a process that was frozen takes one sample for all that time. */
const SAMPLES_MIN = 3;

/** Whether a measure of this process stands above its limit, with hysteresis. */
export class StandingExcess {
  #isOver = false;
  #sinceMs = 0;
  #samples = 0;

  constructor(private readonly limits: ExcessLimits) {}

  get isOver(): boolean {
    return this.#isOver;
  }

  observe(value: number, nowMs: number): void {
    const { max, recovered } = this.limits;
    if (this.#isOver ? value >= recovered : value <= max) {
      this.#samples = 0;
      return;
    }
    if (this.#samples === 0) this.#sinceMs = nowMs;
    this.#samples += 1;
    if (this.#samples < SAMPLES_MIN || nowMs - this.#sinceMs < STANDING_MS) return;
    this.#isOver = !this.#isOver;
    this.#samples = 0;
  }
}
