/** Decoded names and values of a query string or a form body. Names may repeat. */
export class Parameters {
  static readonly none = new Parameters([]);

  constructor(private readonly pairs: readonly (readonly [name: string, value: string])[]) {}

  /**
   * Parses raw `a=1&b=2`, one character per byte (SPiD A8: an invalid UTF-8 sequence makes the value ISO-8859-1;
   * `key[]=a` and `key[0]=a` are values of `key`).
   */
  static parse(wire: string): Parameters {
    const pairs = wire
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const [name = '', ...value] = pair.split('=');
        return [decodeForm(name).replace(/\[\d*\]$/, ''), decodeForm(value.join('='))] as const;
      });
    return new Parameters(pairs);
  }

  /** The last value of a repeated name, as in PHP; undefined when absent. */
  get(name: string): string | undefined {
    return this.pairs.findLast(([each]) => each === name)?.[1];
  }

  /** The last value, undefined when empty: old SDKs send `scope=` and `state=` (SPiD A2). */
  filled(name: string): string | undefined {
    return this.get(name) || undefined;
  }

  /** All values of a multi-valued parameter: `a`, `a,b` or `key[]=a&key[]=b` (SPiD A8). */
  list(name: string): string[] {
    return this.pairs
      .filter(([each]) => each === name)
      .flatMap(([, value]) => value.split(','))
      .map((value) => value.trim())
      .filter((value) => value !== '');
  }
}

function decodeForm(wire: string): string {
  return decodePercent(wire.replaceAll('+', ' '));
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Percent-decodes a string with one character per byte. A malformed escape is kept, as in PHP. */
export function decodePercent(wire: string): string {
  const binary = wire.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  const bytes = Buffer.from(binary, 'latin1');
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}
