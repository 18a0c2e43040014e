import { Gateway, type GatewayProcessOptions } from './chaos.gateway.js';
import { until } from '../../support/until.js';

/** How many serve at a time. */
export const GATEWAYS = 2;

/**
 * Gateways on one database. One more than serve is always up, so that a killed one is replaced at once: to start one
 * takes longer than a schedule lasts.
 */
export class GatewayFleet {
  #serving: Gateway[] = [];
  #spare: Promise<Gateway>;
  #replacing = new Set<Promise<void>>();
  #ended: Gateway[] = [];
  #started = 0;

  private constructor(private readonly options: Omit<GatewayProcessOptions, 'name'>) {
    this.#spare = this.#start();
  }

  static async start(options: Omit<GatewayProcessOptions, 'name'>): Promise<GatewayFleet> {
    const fleet = new GatewayFleet(options);
    try {
      for (let slot = 0; slot < GATEWAYS; slot += 1) fleet.#serving.push(await fleet.#start());
      await fleet.ready();
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  /** The gateway that serves there now. */
  at(slot: number): Gateway {
    const gateway = this.#serving[slot];
    if (!gateway) throw new RangeError(`there are ${GATEWAYS} gateways`);
    return gateway;
  }

  /** Those that serve, and the one that waits for its turn. */
  async all(): Promise<readonly Gateway[]> {
    return [...this.#serving, await this.#spare];
  }

  /** Every gateway that was ever started, those that have ended included. */
  async everyone(): Promise<readonly Gateway[]> {
    return [...this.#ended, ...(await this.all())];
  }

  /** Ends a gateway and lets the spare one take its place. */
  end(gateway: Gateway, signal: 'SIGKILL' | 'SIGTERM'): void {
    gateway.signal(signal);
    const slot = this.#serving.indexOf(gateway);
    if (slot < 0) return;
    this.#ended.push(gateway);
    const replacing = this.#replace(slot).finally(() => this.#replacing.delete(replacing));
    this.#replacing.add(replacing);
  }

  /** All are up and have their database. */
  async ready(): Promise<void> {
    await Promise.all(this.#replacing);
    for (const gateway of await this.all()) {
      await until(`${gateway.url} is ready`, () => gateway.isReady());
    }
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#replacing);
    const spare = await this.#spare.catch(() => undefined);
    const all = [...this.#ended, ...this.#serving, ...(spare ? [spare] : [])];
    await Promise.all(all.map((gateway) => gateway.stop()));
  }

  async #replace(slot: number): Promise<void> {
    const spare = this.#spare;
    this.#spare = spare.then(() => this.#start());
    // Seen when it is awaited next.
    this.#spare.catch(() => undefined);
    this.#serving[slot] = await spare;
  }

  #start(): Promise<Gateway> {
    this.#started += 1;
    return Gateway.start({ ...this.options, name: `gateway-${this.#started}` });
  }
}
