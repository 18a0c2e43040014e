/**
 * `ends with a newline`: undefined where no white space is around the text. It shows nothing else of the text, which may be
 * a secret.
 */
export function whiteSpaceAround(text: string): string | undefined {
  if (text === text.trim()) return undefined;
  if (text.trim() === '') return 'is nothing but white space';
  const ends: string[] = [];
  if (text !== text.trimStart()) ends.push('begins with white space');
  if (text !== text.trimEnd())
    ends.push(`ends with ${/^[\r\n]+$/.test(endOf(text)) ? 'a newline' : 'white space'}`);
  return ends.join(' and ');
}

/** The same, to be put behind a reason: `; it ends with a newline`, or nothing. */
export function whiteSpaceHint(value: unknown): string {
  const found = typeof value === 'string' ? whiteSpaceAround(value) : undefined;
  return found === undefined ? '' : `; it ${found}`;
}

function endOf(text: string): string {
  return text.slice(text.trimEnd().length);
}
