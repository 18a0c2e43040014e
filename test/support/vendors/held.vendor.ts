import type { Settings } from '../../../src/config/settings/settings.js';
import { ScriptedUpstream } from '../../upstreams/scripted.upstream.js';
import { until } from '../until.js';

type Calls = 'reads' | 'writes';

interface Hold {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** Between a gateway and a simulator: counts the calls of the API, and can hold them back. */
export class HeldVendor {
  /** Paths of the reads that have arrived, without the root of the API. */
  readonly reads: string[] = [];
  /** Those of the writes; fetches of tokens are none. */
  readonly writes: string[] = [];
  readonly #held = new Map<Calls, Hold>();
  #target = '';
  readonly #upstream = new ScriptedUpstream(async (request, response) => {
    const isRead = request.method === 'GET';
    const calls = isRead ? 'reads' : 'writes';
    if (!request.url.startsWith('/oauth/token')) {
      this[calls].push(request.url.replace(/^\/api\/(2|v2\.1)/, ''));
      await this.#held.get(calls)?.promise;
    }
    const headers = new Headers();
    for (const name of ['authorization', 'content-type', 'accept']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    const { method, url, body } = request;
    try {
      const received = await fetch(this.#target + url, { method, headers, ...(isRead ? {} : { body }) });
      const bytes = Buffer.from(await received.arrayBuffer());
      response.writeHead(received.status, { 'content-type': received.headers.get('content-type') ?? '' });
      response.end(bytes);
    } catch {
      // The simulator's faults cut connections.
      response.destroy();
    }
  });

  private constructor(readonly url: string) {}

  static async start(): Promise<HeldVendor> {
    const vendor: HeldVendor = new HeldVendor('');
    return Object.assign(vendor, { url: await vendor.#upstream.start() });
  }

  /** The demo settings with this in front of the simulators of both vendors' reads. */
  inFrontOf(upstream: 'spid' | 'import2', change: (demo: Settings) => Settings = (demo) => demo) {
    return (demo: Settings): Settings => {
      const tenants = [...change(demo).tenants].map(([name, tenant]) => {
        const own = tenant[upstream];
        if (!own) return [name, tenant] as const;
        this.#target = new URL(own.baseUrl).origin;
        const baseUrl = own.baseUrl.replace(this.#target, this.url);
        return [name, { ...tenant, [upstream]: Object.assign({}, own, { baseUrl }) }] as const;
      });
      return { ...change(demo), tenants: new Map(tenants) };
    };
  }

  /** From now on these calls reach no simulator and get no response. */
  hold(calls: Calls = 'reads'): void {
    this.#held.set(calls, Promise.withResolvers<void>());
  }

  release(): void {
    for (const { resolve } of this.#held.values()) resolve();
    this.#held.clear();
  }

  /** Resolves once so many calls have arrived. */
  arrived(count: number, calls: Calls = 'reads'): Promise<void> {
    return until(`${count} ${calls} at the vendor`, () => this[calls].length >= count);
  }

  close(): Promise<void> {
    this.release();
    return this.#upstream.close();
  }
}
