const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Of brackets and braces alike, with the bit set in which they differ. */
const OPENING = 0x7b;
const CLOSING = 0x7d;
const EITHER = 0x20;

const BRACKETS = /[[\]{}]/g;
/** What follows a closing bracket that is certainly outside of a string. */
const OUTSIDE = /[\s,[\]{}]{0,16}(?:$|"[^\s,:\]}])/y;

/**
 * Whether JSON nests deeper than `depthMax`, found before it is parsed: code that walks a parsed body would need a deep
 * stack or seconds for a body of brackets. The result for malformed JSON is undefined; the parser refuses it.
 * @param bytes the same in UTF-8: reading them one by one takes a quarter of the time
 */
export function isDeeperThan(json: string, bytes: Uint8Array, depthMax: number): boolean {
  // Most bodies have fewer brackets than may be nested, those in strings included.
  return hasMoreThan(depthMax, json) && mayBeDeeper(json, depthMax) && isNestedDeeper(bytes, depthMax);
}

function hasMoreThan(max: number, json: string): boolean {
  let openings = 0;
  for (let at = json.indexOf('{'); at >= 0; at = json.indexOf('{', at + 1)) if (++openings > max) return true;
  for (let at = json.indexOf('['); at >= 0; at = json.indexOf('[', at + 1)) if (++openings > max) return true;
  return false;
}

/**
 * A list has more brackets, and is still seldom read byte by byte: this counts those that open, in strings too, and none that
 * closes in a string. There, the next quote would end the string; before a missing one, or what is behind it here, the parser
 * stops.
 */
function mayBeDeeper(json: string, depthMax: number): boolean {
  let depth = 0;
  BRACKETS.lastIndex = 0;
  while (BRACKETS.test(json)) {
    const after = BRACKETS.lastIndex;
    const isOpening = (json.charCodeAt(after - 1) | EITHER) === OPENING;
    if (!isOpening) OUTSIDE.lastIndex = after;
    depth += isOpening ? 1 : -1;
    if (isOpening ? depth > depthMax : !OUTSIDE.test(json)) return true;
  }
  return false;
}

/** In UTF-8 no byte of another character looks like one of ASCII. */
function isNestedDeeper(json: Uint8Array, depthMax: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at]!;
    if (byte === QUOTE) at = endOfString(json, at);
    else if ((byte | EITHER) === OPENING) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if ((byte | EITHER) === CLOSING) depth -= 1;
  }
  return false;
}

/** Returns where the quote is that ends a string. */
function endOfString(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}
