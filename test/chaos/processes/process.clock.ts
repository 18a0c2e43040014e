import { closeSync, openSync, writeSync } from 'node:fs';

export interface ClockShift {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** The clocks of one gateway as the run moves them; `gateway.hook.mjs` reads the file at every question for the time. */
export class ProcessClock {
  readonly #file: number;
  #shift: ClockShift = { wallMs: 0, monotonicMs: 0 };

  constructor(readonly path: string) {
    this.#file = openSync(path, 'w');
    this.#write();
  }

  /** The wall clock from now on is off by this from the machine's. */
  setWall(wallMs: number): void {
    this.#shift = { ...this.#shift, wallMs };
    this.#write();
  }

  /** Beside what it is off already. */
  move({ wallMs, monotonicMs }: ClockShift): void {
    const { wallMs: wall, monotonicMs: monotonic } = this.#shift;
    this.#shift = { wallMs: wall + wallMs, monotonicMs: monotonic + monotonicMs };
    this.#write();
  }

  close(): void {
    closeSync(this.#file);
  }

  /** One write, so that no reader sees half of it. */
  #write(): void {
    const { wallMs, monotonicMs } = this.#shift;
    writeSync(this.#file, new Uint8Array(new Float64Array([wallMs, monotonicMs]).buffer), 0, 16, 0);
  }
}
