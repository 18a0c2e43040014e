import type { Settings } from '../../../src/config/settings/settings.js';
import { ScriptedUpstream } from '../../upstreams/scripted.upstream.js';
import { until } from '../until.js';

/** Between a gateway and a simulator: counts the calls of the API, and can hold back their responses. */
export class HeldVendor {
  /** Paths of the reads that have arrived, without the root of the API. */
  readonly reads: string[] = [];
  #held: { readonly promise: Promise<void>; readonly release: () => void } | undefined;
  #target = '';
  readonly #upstream = new ScriptedUpstream(async (request, response) => {
    const isRead = request.method === 'GET';
    if (isRead) this.reads.push(request.url.replace(/^\/api\/(2|v2\.1)/, ''));
    if (isRead) await this.#held?.promise;
    const headers = new Headers();
    for (const name of ['authorization', 'content-type', 'accept']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    const { method, url, body } = request;
    try {
      const answer = await fetch(this.#target + url, { method, headers, ...(isRead ? {} : { body }) });
      const bytes = Buffer.from(await answer.arrayBuffer());
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
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

  /** From now on reads get no response. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = { promise, release: resolve };
  }

  release(): void {
    this.#held?.release();
    this.#held = undefined;
  }

  /** Resolves once so many reads have arrived. */
  arrived(count: number): Promise<void> {
    return until(`${count} reads at the vendor`, () => this.reads.length >= count);
  }

  close(): Promise<void> {
    this.release();
    return this.#upstream.close();
  }
}
