import type { FastifyReply, FastifyRequest } from 'fastify';
import { hash } from 'node:crypto';
import { servedRouteOf } from './served.route.js';

/** A cache may store a copy and must revalidate it on each use; 304 has no body. */
const REVALIDATED = 'public, no-cache';

/**
 * Sets `ETag` on the API document, its page and the pages of problems, which are the same for every caller. The static
 * files of the page have their own.
 */
export class DocumentTags {
  readonly #tags = new TagMemory();

  /** Returns what is to be sent of a finished payload. */
  tag(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    const { isPublicDocument: isPublic, pattern } = servedRouteOf(request);
    if (!isPublic || typeof payload !== 'string' || reply.statusCode !== 200) return payload;
    const tag = this.#tags.of(pattern ?? '', payload);
    void reply.header('etag', tag).header('cache-control', REVALIDATED);
    if (!isCurrent(request, tag)) return payload;
    void reply.code(304).removeHeader('content-type').removeHeader('content-length');
    // For HEAD, Fastify computes the length from the payload that it does not send.
    return request.method === 'HEAD' ? payload : null;
  }
}

/** RFC 9110, 13.1.2: weak comparison with each tag of the list; `*` matches any. */
function isCurrent({ method, headers }: FastifyRequest, tag: string): boolean {
  const condition = headers['if-none-match'];
  if (condition === undefined || (method !== 'GET' && method !== 'HEAD')) return false;
  return condition.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === tag);
}

/** The last text of each route and its tag: only routes with a parameter alternate between texts. */
class TagMemory {
  readonly #known = new Map<string, { readonly text: string; readonly tag: string }>();

  of(route: string, text: string): string {
    const known = this.#known.get(route);
    if (known?.text === text) return known.tag;
    const tag = `"${hash('sha256', text, 'base64url')}"`;
    this.#known.set(route, { text, tag });
    return tag;
  }
}
