/** How large the parts of a body may be, whatever its size in bytes. */
export interface BodyLimits {
  /** Levels of objects and lists. */
  readonly depth: number;
  /** On all levels together: objects, lists, and members and items after the first of theirs. */
  readonly values: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d] as const;

/**
 * The first limit that JSON exceeds, or else the number of its values; found in its UTF-8 bytes before it is parsed: code that
 * walks a parsed body would need a deep stack, or seconds in which no other request is served. Malformed JSON exceeds
 * nothing; the parser refuses it.
 */
export function shapeOf(json: Uint8Array, limits: BodyLimits): keyof BodyLimits | number {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index];
    if (byte === QUOTE) index = endOfString(json, index);
    else if (byte === OBJECT_END || byte === LIST_END) depth -= 1;
    else if (byte === OBJECT || byte === LIST) {
      depth += 1;
      values += 1;
      if (depth > limits.depth) return 'depth';
    } else if (byte === COMMA) values += 1;
    if (values > limits.values) return 'values';
  }
  return values;
}

/** As in `BodyLimits`, of parsed JSON: fewer than its text has where a name was repeated, since the last one replaces the others. */
export function countValues(parsed: unknown): number {
  if (typeof parsed !== 'object' || parsed === null) return 0;
  const parts = Object.values(parsed);
  return parts.reduce<number>((sum, part) => sum + countValues(part), Math.max(1, parts.length));
}

/** Of its closing quote, or after the end of the text. */
function endOfString(json: Uint8Array, start: number): number {
  let end = json.indexOf(QUOTE, start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf(QUOTE, end + 1);
  return end === -1 ? json.length : end;
}

function isEscaped(json: Uint8Array, index: number): boolean {
  let before = index;
  while (json[before - 1] === BACKSLASH) before -= 1;
  return (index - before) % 2 === 1;
}
