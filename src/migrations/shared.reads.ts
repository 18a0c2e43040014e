import { Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { SettingsSource } from '../config/settings/settings.source.js';
import type { UpstreamName } from '../config/upstream.names.js';
import type { CacheableRead } from '../http/caching/cacheable.read.js';
import type { Flight } from '../upstreams/coalescing/flight.js';
import { FlightsOfClients, waitEndsAt } from '../upstreams/coalescing/flights.js';

/** A list of one client. Nothing that Tollgate writes changes it, unless `changes`. */
export interface SharedList<T> {
  readonly client: object;
  readonly upstream: UpstreamName;
  /** Name of the vendor call. */
  readonly operation: string;
  readonly list: () => Promise<T>;
  /**
   * A write through any replica can change the list, and no fence reports it: a request then joins only calls that begin
   * after it has arrived.
   */
  readonly changes: boolean;
}

/** Lists that requests at the same time get from one call of the vendor, as far as their `max-age` allows. */
@Injectable()
export class SharedReads {
  /** By client and operation; marked with the time before the call, on the monotonic clock. */
  private readonly flights = new FlightsOfClients<unknown, number>();

  constructor(
    private readonly settings: SettingsSource,
    private readonly clock: Clock,
  ) {}

  async list<T>(read: CacheableRead, list: SharedList<T>): Promise<T> {
    const { maxAgeSeconds } = read.allows;
    if (maxAgeSeconds === 0) return list.list();
    const flights = this.flights.of(list.client);
    const now = this.clock.monotonicMs();
    const current = flights.get(list.operation);
    const isCollapsed = current !== undefined && mayJoin(current, list, now - maxAgeSeconds * 1_000);
    const { upstream, operation, list: start } = list;
    const flight = isCollapsed
      ? current
      : flights.begin(operation, { upstream, operation, start }, now, list.changes ? current : undefined);
    const result = await flight.wait(waitEndsAt(this.#totalMs(read.tenant, upstream)));
    read.report({ from: 'vendor', reason: 'uri-miss', isCollapsed });
    return result as T;
  }

  #totalMs(tenant: string, upstream: UpstreamName): number {
    return this.settings.current.tenants.get(tenant)?.[upstream]?.timeouts.totalMs ?? 0;
  }
}

function mayJoin(
  { mark, hasBegun }: Flight<unknown, number>,
  { changes }: SharedList<unknown>,
  oldestMs: number,
): boolean {
  return changes ? !hasBegun : mark >= oldestMs;
}
