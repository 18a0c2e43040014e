/**
 * Looks for secrets in outputs. Written apart from the filter of the gateway, on purpose: one mistake must not hide in
 * both. Everything is bytes here, so that a database's files are searched like any text.
 */

export interface Canary {
  /** What it is; shown instead of its text. */
  readonly name: string;
  readonly text: string;
  /** Outputs whose name begins so may hold it: the response to the caller that it was meant for. */
  readonly allowedIn?: readonly string[];
}

export interface Output {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Leak {
  readonly canary: string;
  readonly form: string;
  readonly output: string;
}

interface Needle {
  readonly canary: Canary;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Needles are found by their first four bytes. */
const HEAD_BYTES = 4;

interface Heads {
  readonly needles: ReadonlyMap<number, readonly Needle[]>;
  /** 1 for each value that the last two bytes of a head have: nearly every byte of a database's files ends here. */
  readonly ends: Uint8Array;
}

/** Each way in which a secret could be written; what only differs in case is searched in three cases. */
export function encodingsOf(text: string): Readonly<Record<string, string>> {
  const bytes = Buffer.from(text, 'utf8');
  const escaped = text.replace(/[^\w.~-]/gu, (char) => encodeURIComponent(char));
  const everyByte = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  // Whatever precedes it, one of three: the characters at its ends depend on the neighbours and are left out.
  const base64 = ['', 'x', 'xx'].map((before) =>
    Buffer.from(before + text, 'utf8')
      .toString('base64')
      .slice(before.length === 0 ? 0 : before.length + 1)
      .replace(/.?=*$/, ''),
  );
  return {
    plain: text,
    json: JSON.stringify(text).slice(1, -1),
    'base64, at the start': base64[0] ?? '',
    'base64, a byte later': base64[1] ?? '',
    'base64, two bytes later': base64[2] ?? '',
    'base64url, at the start': urlSafe(base64[0] ?? ''),
    'base64url, a byte later': urlSafe(base64[1] ?? ''),
    'base64url, two bytes later': urlSafe(base64[2] ?? ''),
    hex: bytes.toString('hex'),
    HEX: bytes.toString('hex').toUpperCase(),
    'URL-encoded': escaped,
    'URL-encoded, every byte': everyByte,
    'URL-encoded, every byte, capitals': everyByte.toUpperCase(),
    'form-encoded': new URLSearchParams([['', text]]).toString().slice(1),
    'reversed case': swapCase(text),
    capitals: text.toUpperCase(),
    lowercase: text.toLowerCase(),
  };
}

/** Every place at which a canary stands where it must not. */
export function leaksIn(outputs: readonly Output[], canaries: readonly Canary[]): readonly Leak[] {
  const needles = new Map<number, Needle[]>();
  const ends = new Uint8Array(2 ** 16);
  for (const canary of canaries) {
    for (const [form, text] of Object.entries(encodingsOf(canary.text))) {
      const bytes = Buffer.from(text, 'utf8');
      if (bytes.length < 2 * HEAD_BYTES) throw new Error(`${canary.name} is too short to be searched for`);
      const head = bytes.readUInt32BE(0);
      needles.set(head, [...(needles.get(head) ?? []), { canary, form, bytes }]);
      ends[head & 0xff_ff] = 1;
    }
  }
  return outputs.flatMap((output) => leaksOf(output, { needles, ends }));
}

function leaksOf({ name, bytes }: Output, { needles, ends }: Heads): Leak[] {
  const found = new Map<string, Leak>();
  let head = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    head = ((head << 8) | (bytes[at] ?? 0)) >>> 0;
    if (ends[head & 0xff_ff] === 0) continue;
    const start = at - HEAD_BYTES + 1;
    for (const { canary, form, bytes: needle } of needles.get(head) ?? []) {
      if (!bytes.subarray(start, start + needle.length).equals(needle)) continue;
      if (canary.allowedIn?.some((allowed) => name.startsWith(allowed))) continue;
      if (!found.has(canary.name)) found.set(canary.name, { canary: canary.name, form, output: name });
    }
  }
  return [...found.values()];
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

function swapCase(text: string): string {
  return text.replace(/[a-z]/gi, (char) => (char < 'a' ? char.toLowerCase() : char.toUpperCase()));
}
