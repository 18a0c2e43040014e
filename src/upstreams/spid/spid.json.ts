import { isShallow } from '../transport/json.depth.js';
import { UnreadableError } from './unreadable.error.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parses strictly: UTF-8, JSON, bounded depth. The error never quotes the text, as that of JSON.parse does. */
export function jsonOf(body: Buffer): unknown {
  try {
    const text = utf8.decode(body);
    if (isShallow(text)) return JSON.parse(text) as unknown;
  } catch {
    throw new UnreadableError('JSON');
  }
  throw new UnreadableError('JSON: too deep');
}
