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
  const text = decoded(body);
  if (isDeeperThan(text, body, DEPTH_MAX)) throw new UnreadableError('JSON: too deep');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UnreadableError('JSON');
  }
}

function decoded(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new UnreadableError('JSON');
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** @param place names the value in the message of the UnreadableError */
export function objectOf(value: unknown, place: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableError(place);
  return value as JsonObject;
}

/** @param place names the value in the message of the UnreadableError */
export function listOf(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnreadableError(place);
  return value;
}
