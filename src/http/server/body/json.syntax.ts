/** The first place at which a text stops being JSON. Never quotes the text, which may hold secrets. */
export interface JsonSyntaxError {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters (code points). */
  readonly column: number;
  /** Whether the text ends there. */
  readonly isEnd: boolean;
  /** What could have been there, as the subject of a sentence. */
  readonly expected: string;
}

/**
 * Undefined for valid JSON. `JSON.parse` has the place in few of its messages, and quotes the text in most.
 * Precondition: few levels of objects and lists, because each takes a frame of the stack.
 */
export function jsonSyntaxErrorOf(text: string): JsonSyntaxError | undefined {
  try {
    new JsonScan(text).document();
    return undefined;
  } catch (error) {
    if (!(error instanceof UnexpectedText)) throw error;
    const { offset, expected } = error;
    return { ...placeOf(text, offset), isEnd: offset >= text.length, expected };
  }
}

/** The place of the first name that its object has already; undefined without one. Preconditions: as above, and valid JSON. */
export function placeOfRepeatedName(text: string): Pick<JsonSyntaxError, 'line' | 'column'> | undefined {
  const offset = new JsonScan(text).repeatedName();
  return offset === undefined ? undefined : placeOf(text, offset);
}

/** Of an offset in UTF-16 units. */
function placeOf(text: string, offset: number): Pick<JsonSyntaxError, 'line' | 'column'> {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  let column = 1;
  for (const _ of lines.at(-1) ?? '') column += 1;
  return { line: lines.length, column };
}

/** The place of the first byte that is not UTF-8. Precondition: there is one. */
export function placeOfInvalidUtf8(bytes: Buffer): Pick<JsonSyntaxError, 'line' | 'column'> {
  const text = bytes.toString();
  // What cannot be decoded became U+FFFD, which encodes to other bytes.
  const encoded = Buffer.from(text);
  let same = 0;
  while (same < bytes.length && bytes[same] === encoded[same]) same += 1;
  const before = bytes
    .subarray(0, same)
    .toString()
    .replace(/\ufffd+$/, '');
  return placeOf(before, before.length);
}

class UnexpectedText extends Error {
  constructor(
    readonly offset: number,
    readonly expected: string,
  ) {
    super('unexpected text');
  }
}

const SPACES = /[ \t\n\r]*/y;
// eslint-disable-next-line no-control-regex
const PLAIN_CHARACTERS = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;
const DIGITS = /\d+/y;
const WORD = /true|false|null/y;

class JsonScan {
  #at = 0;
  #repeatedName: number | undefined;

  constructor(private readonly text: string) {}

  document(): void {
    this.#value();
    if (this.#at < this.text.length) this.#fail('the end of the body');
  }

  /** Its offset. */
  repeatedName(): number | undefined {
    this.document();
    return this.#repeatedName;
  }

  /** With the white space on both sides of it. */
  #value(or = ''): void {
    this.#take(SPACES);
    if (this.#takes('{')) this.#object();
    else if (this.#takes('[')) this.#list();
    else if (this.#takes('"')) this.#string();
    else if (this.#isNext('-') || this.#isDigit()) this.#number();
    else if (!this.#take(WORD)) this.#fail(`a value${or}`);
    this.#take(SPACES);
  }

  #object(): void {
    this.#take(SPACES);
    if (this.#takes('}')) return;
    const names = new Set<unknown>();
    this.#member(names, ' or }');
    while (!this.#takes('}')) {
      if (!this.#takes(',')) this.#fail('a comma or }');
      this.#take(SPACES);
      this.#member(names);
    }
  }

  #member(names: Set<unknown>, or = ''): void {
    const start = this.#at;
    if (!this.#takes('"')) this.#fail(`a name in double quotes${or}`);
    this.#string();
    const name: unknown = JSON.parse(this.text.slice(start, this.#at));
    if (names.has(name)) this.#repeatedName ??= start;
    names.add(name);
    this.#take(SPACES);
    if (!this.#takes(':')) this.#fail('a colon');
    this.#value();
  }

  #list(): void {
    this.#take(SPACES);
    if (this.#takes(']')) return;
    this.#value(' or ]');
    while (!this.#takes(']')) {
      if (!this.#takes(',')) this.#fail('a comma or ]');
      this.#value();
    }
  }

  /** After its opening quote. */
  #string(): void {
    do this.#take(PLAIN_CHARACTERS);
    while (this.#take(ESCAPE));
    if (this.#takes('"')) return;
    if (this.#isNext('\\')) this.#fail(String.raw`an escape such as \n or \u00e5`);
    this.#fail(this.#at < this.text.length ? 'an escaped control character' : 'a closing double quote');
  }

  #number(): void {
    this.#takes('-');
    if (!this.#takes('0')) this.#digits();
    if (this.#takes('.')) this.#digits();
    if (!this.#takes('e') && !this.#takes('E')) return;
    if (!this.#takes('-')) this.#takes('+');
    this.#digits();
  }

  #digits(): void {
    if (!this.#take(DIGITS)) this.#fail('a digit');
  }

  #isDigit(): boolean {
    const next = this.text[this.#at];
    return next !== undefined && next >= '0' && next <= '9';
  }

  #isNext(character: string): boolean {
    return this.text[this.#at] === character;
  }

  #takes(character: string): boolean {
    if (!this.#isNext(character)) return false;
    this.#at += 1;
    return true;
  }

  /** Whether anything was taken. */
  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const [taken = ''] = pattern.exec(this.text) ?? [];
    this.#at += taken.length;
    return taken !== '';
  }

  #fail(expected: string): never {
    throw new UnexpectedText(this.#at, expected);
  }
}
