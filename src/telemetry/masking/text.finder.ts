/** A string to find, ignoring the case of ASCII letters. */
export interface Pattern {
  readonly text: string;
  /** Name to report for a match. */
  readonly name: string;
  /** Match whole words only: for short strings, which occur in other words by chance. */
  readonly alone: boolean;
}

export interface Find {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

const NONE: readonly Find[] = [];

/** Characters that are hashed together. */
const BLOCK = 3;

/** So few hashes of different blocks are equal that most characters are skipped. */
const SLOTS_PER_BLOCK = 4;

/**
 * Finds many strings in one pass (Wu and Manber's algorithm): for a block of three characters, a table has the distance to
 * the next position where the prefix of a pattern could end. Most characters are skipped, the more the longer the prefix is;
 * the time hardly depends on the number of patterns, and no input causes the blow-up that a regular expression can have.
 */
export class TextFinder {
  readonly #shift: number;
  /** By hash of a block: characters to skip; 0 where the prefix of a pattern may end. */
  readonly #jumps: Uint8Array;
  readonly #ending = new Map<number, (Pattern & { readonly folded: string })[]>();

  #capacityLeft: number;

  /**
   * @param capacity number of patterns for which the table is sized
   * @param prefixLength characters of each pattern that the table covers, 3 or more: no pattern may be shorter
   */
  constructor(
    capacity: number,
    readonly prefixLength: number,
  ) {
    // Characters to skip when no prefix contains the current block.
    const jumpMax = prefixLength - BLOCK + 1;
    const bits = Math.max(10, Math.ceil(Math.log2(capacity * jumpMax * SLOTS_PER_BLOCK)));
    this.#shift = 32 - bits;
    this.#jumps = new Uint8Array(2 ** bits).fill(jumpMax);
    this.#capacityLeft = capacity;
  }

  /** Patterns that can be added before the table exceeds its capacity; more are correct but slower. */
  get capacityLeft(): number {
    return this.#capacityLeft;
  }

  /** @throws RangeError for a pattern shorter than the prefix, which would not be found */
  add(pattern: Pattern): void {
    const { prefixLength } = this;
    if (pattern.text.length < prefixLength) throw new RangeError('a pattern is shorter than the prefix');
    this.#capacityLeft -= 1;
    const folded = folding(pattern.text);
    for (let at = BLOCK - 1; at < prefixLength; at += 1) {
      const hash = this.#hash(folded, at);
      this.#jumps[hash] = Math.min(this.#jumps[hash] ?? 0, prefixLength - 1 - at);
    }
    const last = this.#hash(folded, prefixLength - 1);
    const ending = this.#ending.get(last) ?? [];
    ending.push({ ...pattern, folded });
    this.#ending.set(last, ending);
  }

  /** Matches in order of position, without overlap. */
  find(text: string): readonly Find[] {
    let finds: Find[] | undefined;
    let from = 0;
    let at = this.prefixLength - 1;
    while (at < text.length) {
      const hash = this.#hash(text, at);
      const jump = this.#jumps[hash] ?? 1;
      const start = at - this.prefixLength + 1;
      const find = jump === 0 && start >= from ? this.#longestAt(text, start, hash) : undefined;
      if (find) {
        (finds ??= []).push(find);
        from = find.end;
      }
      at += jump === 0 ? 1 : jump;
    }
    return finds ?? NONE;
  }

  /** Hash of the block that ends at `end`. Setting bit 5 makes it equal for both cases of a letter. */
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
      if (end <= (found?.end ?? 0) || !matchesAt(text, start, folded)) continue;
      if (!alone || isWholeWord(text, start, end)) found = { start, end, name };
    }
    return found;
  }
}

/** ASCII letters in lowercase; other letters are compared as they are. */
function fold(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

function folding(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function matchesAt(text: string, start: number, folded: string): boolean {
  if (start + folded.length > text.length) return false;
  for (let at = 0; at < folded.length; at += 1) {
    if (fold(text.charCodeAt(start + at)) !== folded.charCodeAt(at)) return false;
  }
  return true;
}

const WORD = /[A-Za-z0-9]/;
const ESCAPE_BEFORE = /(%[0-9A-Fa-f]{2}|\\[bfnrt])$/;

/** `%3D` and `\n` end in letters or digits, but are not part of a word. */
function isWholeWord(text: string, start: number, end: number): boolean {
  if (end < text.length && WORD.test(text.charAt(end))) return false;
  if (start === 0 || !WORD.test(text.charAt(start - 1))) return true;
  return ESCAPE_BEFORE.test(text.slice(Math.max(0, start - 3), start));
}
