import type { FastifyReply, FastifyRequest } from 'fastify';
import { hash } from 'node:crypto';
import { servedRouteOf } from './served.route.js';

/** A cache may store a copy and must revalidate it on each use; 304 has no body. */
const REVALIDATED = 'public, no-cache';

/** By route, of what is sent as bytes: files of a package, which stay the same. The largest takes a millisecond to hash. */
const tagsOfFiles = new Map<string, string>();

/**
 * Sets `ETag` on the API document, its page with its files and the pages of problems, which are the same for every caller.
 * Returns what is to be sent of a finished payload.
 */
export function tagDocument(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  const { isPublicDocument: isPublic, pattern = '' } = servedRouteOf(request);
  if (!isPublic || reply.statusCode !== 200) return payload;
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
  const tag = typeof payload === 'string' ? tagOf(payload) : tagOfFile(pattern, payload);
  void reply.header('etag', tag).header('cache-control', REVALIDATED);
  if (!isCurrent(request, tag)) return payload;
  void reply.code(304).removeHeader('content-type').removeHeader('content-length');
  // For HEAD, Fastify computes the length from the payload that it does not send.
  return request.method === 'HEAD' ? payload : null;
}

function tagOf(document: string | Buffer): string {
  return `"${hash('sha256', document, 'base64url')}"`;
}

function tagOfFile(route: string, bytes: Buffer): string {
  let tag = tagsOfFiles.get(route);
  if (tag === undefined) tagsOfFiles.set(route, (tag = tagOf(bytes)));
  return tag;
}

/** RFC 9110, 13.1.2: weak comparison with each tag of the list; `*` matches any. */
function isCurrent({ method, headers }: FastifyRequest, tag: string): boolean {
  const condition = headers['if-none-match'];
  if (condition === undefined || (method !== 'GET' && method !== 'HEAD')) return false;
  return condition.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === tag);
}
