import { performance } from 'node:perf_hooks';
import { requestContext } from '../../telemetry/request.context.js';
import { Flight, type SharedCall } from './flight.js';

/**
 * The reads of one vendor client that are under way, the newest of each key. Whether a request may join one is decided by
 * the code that reads, since it depends on what the request allows. A flight that has failed cannot be joined.
 */
export class Flights<T, Mark> {
  readonly #newest = new Map<string, Flight<T, Mark>>();

  get size(): number {
    return this.#newest.size;
  }

  get(key: string): Flight<T, Mark> | undefined {
    return this.#newest.get(key);
  }

  /** @param after begins only when this flight is over */
  begin(key: string, call: SharedCall<T>, mark: Mark, after?: Flight<T, Mark>): Flight<T, Mark> {
    const onOver = (over: Flight<T, Mark>) => {
      if (this.#newest.get(key) === over) this.#newest.delete(key);
    };
    const flight = new Flight(call, mark, onOver, after);
    // A call that fails before it begins is over by now.
    if (!flight.isOver) this.#newest.set(key, flight);
    return flight;
  }
}

/** Flights of each client: clients differ in account or credentials, so their flights are never shared. */
export class FlightsOfClients<T, Mark> {
  readonly #flights = new WeakMap<object, Flights<T, Mark>>();

  of(client: object): Flights<T, Mark> {
    const known = this.#flights.get(client);
    if (known) return known;
    const flights = new Flights<T, Mark>();
    this.#flights.set(client, flights);
    return flights;
  }
}

/**
 * How long the current request waits for a flight, on the clock of `performance.now`.
 * @param totalMs longest time of a call, from the settings of the vendor
 */
export function waitEndsAt(totalMs: number): number {
  return Math.min(performance.now() + totalMs, requestContext.getStore()?.deadline?.endsAt ?? Infinity);
}
