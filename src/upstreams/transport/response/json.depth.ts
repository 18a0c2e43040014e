const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Of brackets and braces alike, with the bit set in which they differ. */
const OPENING = 0x7b;
const CLOSING = 0x7d;
const EITHER = 0x20;

/**
 * Whether JSON nests deeper than `depthMax`, found before it is parsed: code that walks a parsed body would need a deep
 * stack or seconds for a body of brackets. The result for malformed JSON is undefined; the parser refuses it.
 */
export function isDeeperThan(json: string, depthMax: number): boolean {
  // Most bodies have fewer brackets than may be nested, those in strings included.
  return hasMoreThan(depthMax, json) && isNestedDeeper(json, depthMax);
}

function hasMoreThan(max: number, json: string): boolean {
  let openings = 0;
  for (let at = json.indexOf('{'); at >= 0; at = json.indexOf('{', at + 1)) if (++openings > max) return true;
  for (let at = json.indexOf('['); at >= 0; at = json.indexOf('[', at + 1)) if (++openings > max) return true;
  return false;
}

function isNestedDeeper(json: string, depthMax: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) inString = !inString;
    else if (inString) index += code === BACKSLASH ? 1 : 0;
    else if ((code | EITHER) === OPENING) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if ((code | EITHER) === CLOSING) depth -= 1;
  }
  return false;
}
