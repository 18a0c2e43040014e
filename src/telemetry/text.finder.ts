/** A text to be found, in any case of its letters. */
export interface Pattern {
  readonly text: string;
  /** What to report of a find. */
  readonly name: string;
  /** Only where it is not part of a longer word: for short texts, which stand in other words by chance. */
  readonly alone: boolean;
}

export interface Find {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** Characters that a pattern must have at least; the search looks at so many of each. */
export const PATTERN_LENGTH_MIN = 6;

/** Characters that are looked at together. */
const BLOCK = 3;

/** How far the search may jump when no pattern holds the block it has read. */
const JUMP_MAX = PATTERN_LENGTH_MIN - BLOCK + 1;

/**
 * Finds many texts in one pass (Wu and Manber's algorithm): a table tells from three characters how far the next place
 * is at which a pattern could end its first six. So most characters are never looked at, the time hardly depends on
 * the number of patterns, and there is no input that makes it explode, as there is for a regular expression.
 */
export class TextFinder {
  readonly #shift: number;
  /** By hash of a block: how far to jump, 0 where a pattern may have its first six characters end. */
  readonly #jumps: Uint8Array;
  readonly #ending = new Map<number, (Pattern & { readonly folded: string })[]>();

  #room: number;

  /** `capacity` is for how many patterns the table is made. */
  constructor(capacity: number) {
    // Eight times as many places as blocks, so that few places are looked at in vain.
    const bits = Math.max(10, Math.ceil(Math.log2(capacity * JUMP_MAX * 8 + 1)));
    this.#shift = 32 - bits;
    this.#jumps = new Uint8Array(2 ** bits).fill(JUMP_MAX);
    this.#room = capacity;
  }

  /** How many patterns can be added until another finder, with more capacity, is the better one. */
  get room(): number {
    return this.#room;
  }

  /** Patterns that are too short are left out. */
  add(pattern: Pattern): void {
    if (pattern.text.length < PATTERN_LENGTH_MIN) return;
    this.#room -= 1;
    const folded = folding(pattern.text);
    for (let at = BLOCK - 1; at < PATTERN_LENGTH_MIN; at += 1) {
      const hash = this.#hash(folded, at);
      this.#jumps[hash] = Math.min(this.#jumps[hash] ?? 0, PATTERN_LENGTH_MIN - 1 - at);
    }
    const last = this.#hash(folded, PATTERN_LENGTH_MIN - 1);
    const ending = this.#ending.get(last) ?? [];
    ending.push({ ...pattern, folded });
    this.#ending.set(last, ending);
  }

  /** In the order of their places, none overlapping the one before. */
  find(text: string): readonly Find[] {
    const finds: Find[] = [];
    let from = 0;
    let at = PATTERN_LENGTH_MIN - 1;
    while (at < text.length) {
      const hash = this.#hash(text, at);
      const jump = this.#jumps[hash] ?? 1;
      const start = at - PATTERN_LENGTH_MIN + 1;
      const find = jump === 0 && start >= from ? this.#longestAt(text, start, hash) : undefined;
      if (find) {
        finds.push(find);
        from = find.end;
      }
      at += jump === 0 ? 1 : jump;
    }
    return finds;
  }

  /** Of the block that ends at a place. Setting one bit makes letters alike in both cases, and harms nothing else. */
  #hash(text: string, end: number): number {
    const block =
      (text.charCodeAt(end - 2) | 32) ^
      ((text.charCodeAt(end - 1) | 32) << 8) ^
      ((text.charCodeAt(end) | 32) << 16);
    return Math.imul(block, 0x9e3779b1) >>> this.#shift;
  }

  #longestAt(text: string, start: number, hash: number): Find | undefined {
    let found: Find | undefined;
    for (const { folded, name, alone } of this.#ending.get(hash) ?? []) {
      const end = start + folded.length;
      if (end <= (found?.end ?? 0) || !standsAt(text, start, folded)) continue;
      if (!alone || standsAlone(text, start, end)) found = { start, end, name };
    }
    return found;
  }
}

/** Letters of ASCII as small ones; what else has cases is no secret's matter. */
function fold(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

function folding(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function standsAt(text: string, start: number, folded: string): boolean {
  if (start + folded.length > text.length) return false;
  for (let at = 0; at < folded.length; at += 1) {
    if (fold(text.charCodeAt(start + at)) !== folded.charCodeAt(at)) return false;
  }
  return true;
}

const WORD = /[A-Za-z0-9]/;
const ESCAPE_BEFORE = /(%[0-9A-Fa-f]{2}|\\[bfnrt])$/;

/** `%3D` and `\n` end in characters of words, but are none. */
function standsAlone(text: string, start: number, end: number): boolean {
  if (end < text.length && WORD.test(text.charAt(end))) return false;
  if (start === 0 || !WORD.test(text.charAt(start - 1))) return true;
  return ESCAPE_BEFORE.test(text.slice(Math.max(0, start - 3), start));
}
