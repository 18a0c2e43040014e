type Listener = () => void;

/** What calls need to know of the connection of their caller; an AbortSignal fits too. */
export interface HangUp {
  /** The caller is gone. */
  readonly aborted: boolean;
  /** Calls the listener at most once, whatever the options. */
  addEventListener(type: 'abort', listener: Listener, options?: { readonly once: boolean }): void;
  removeEventListener(type: 'abort', listener: Listener): void;
}

/**
 * Reports once that the caller of a request is gone. Every request has one and every call listens to it, and hardly any is
 * ever used: an AbortController with one listener costs several times as much.
 */
export class CallerHangUp implements HangUp {
  #isAborted = false;
  #listeners: Listener[] = [];

  get aborted(): boolean {
    return this.#isAborted;
  }

  addEventListener(_type: 'abort', listener: Listener): void {
    if (!this.#isAborted) this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: Listener): void {
    const index = this.#listeners.indexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
  }

  abort(): void {
    this.#isAborted = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
