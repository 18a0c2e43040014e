/**
 * Every way in which a secret is commonly written, all of them in full: as it is, escaped for JSON (also twice), URL-
 * and form-encoded, in hex, and in both alphabets of base64 at each of the three places at which it can begin in a
 * longer text, such as `client:secret`. Differences of case need no form of their own: the search ignores case.
 */
export function formsOf(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const bytes = Buffer.from(secret, 'utf8');
  const base64 = [0, 1, 2].map((offset) => base64At(bytes, offset));
  return [
    ...new Set([
      secret,
      json,
      JSON.stringify(json).slice(1, -1),
      encodeURIComponent(secret),
      formEncoded(secret),
      bytes.toString('hex'),
      ...base64,
      ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
      ...base64.map((text) => encodeURIComponent(text)),
    ]),
  ];
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** The characters that the bytes alone decide, whatever stands before (`offset` bytes modulo 3) and after them. */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const first = Math.ceil((offset * 8) / 6);
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(first, end);
}
