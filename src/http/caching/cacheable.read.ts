import type { FastifyReply } from 'fastify';
import type { CacheDirectives } from './cache.directives.js';
import { type CacheStatus, cacheStatusOf } from './cache.status.js';

/** A read of a vendor for one request: for whom, and how old its response may be. */
export class CacheableRead {
  constructor(
    readonly tenant: string,
    readonly allows: CacheDirectives,
    private readonly reply: FastifyReply,
  ) {}

  /** Sets `Cache-Status`, and `Age` on a response from memory. */
  report(status: CacheStatus): void {
    void this.reply.header('cache-status', cacheStatusOf(status));
    if (status.from === 'memory') void this.reply.header('age', String(status.ageSeconds));
  }
}
