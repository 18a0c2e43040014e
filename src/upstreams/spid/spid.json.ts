import { UnreadableError } from './unreadable.error.js';

/** A container nests eight deep in the widest sample; what goes deeper is not one. */
const DEPTH_MAX = 32;

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

/** A plain loop: a regular expression would need a stack as deep as the longest string. */
function isShallow(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === '"') quoted = !quoted;
    else if (quoted && char === '\\') index += 1;
    else if (quoted) continue;
    else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    if (depth > DEPTH_MAX) return false;
  }
  return true;
}
