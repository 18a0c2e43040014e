import { isDeeperThan } from './json.depth.js';
import { UnreadableError } from './unreadable.error.js';

/** A SPiD container nests eight levels in the widest sample, an Import2 body two. */
const DEPTH_MAX = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a vendor body: strict UTF-8, JSON, bounded depth.
 * @throws UnreadableError, which never quotes the body as the error of JSON.parse does
 */
export function parseJsonBody(body: Buffer): unknown {
  if (isDeeperThan(body, DEPTH_MAX)) throw new UnreadableError('JSON: too deep');
  try {
    return JSON.parse(utf8.decode(body)) as unknown;
  } catch {
    throw new UnreadableError('JSON');
  }
}
