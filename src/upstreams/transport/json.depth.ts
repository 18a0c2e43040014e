/** A container of SPiD nests eight deep in the widest sample, Import2 two; what goes deeper is neither. */
const DEPTH_MAX = 32;

/**
 * Whether JSON text nests no deeper than a vendor's honest answer; whoever walks it then needs no stack to speak of. A
 * plain loop: a regular expression would need a stack as deep as the longest string.
 */
export function isShallow(text: string): boolean {
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
