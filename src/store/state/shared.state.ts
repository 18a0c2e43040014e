/** What a window of a counter has come to. */
export interface WindowHits {
  /** Hits in this window, the one just counted included. */
  readonly hits: number;
  /** Until the window ends and counting begins anew. */
  readonly msLeft: number;
}

/**
 * Short-lived numbers that all replicas share: in Redis, or in this process where there is no Redis. It never fails
 * and is never waited for: what cannot be shared in time is counted here.
 */
export abstract class SharedState {
  /** Counts one hit of `key` in a fixed window that begins with its first hit. `counter` keeps purposes apart. */
  abstract hit(counter: string, key: string, windowMs: number): Promise<WindowHits>;
}
