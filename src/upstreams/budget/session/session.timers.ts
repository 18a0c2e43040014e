/** A place whose replica is silent for 3 s is given back, so five beats in a row may be lost or late. */
const BEAT_MS = 500;

/** The wake-up and the beats of one session: two timers, however many calls there are. None keeps the process alive. */
export class SessionTimers {
  #wakeUp: NodeJS.Timeout | undefined;
  #wakeUpAtMs = 0;
  #beats: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** Wakes after `ms`. An earlier wake-up that is already set comes first: what it finds sets the next. */
  wakeAfter(ms: number, nowMs: number, wake: () => void): void {
    if (this.#isClosed || (this.#wakeUp && this.#wakeUpAtMs <= nowMs + ms)) return;
    clearTimeout(this.#wakeUp);
    this.#wakeUpAtMs = nowMs + ms;
    this.#wakeUp = setTimeout(() => {
      this.#wakeUp = undefined;
      wake();
    }, ms).unref();
  }

  startBeats(beat: () => void): void {
    if (!this.#isClosed) this.#beats ??= setInterval(beat, BEAT_MS).unref();
  }

  stopBeats(): void {
    clearInterval(this.#beats);
    this.#beats = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.stopBeats();
    clearTimeout(this.#wakeUp);
  }
}
