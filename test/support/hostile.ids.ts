/** Ids in the form of a URL that try to become something else: another path, a query, a header, a huge value. */
const HOSTILE = [
  '..%2f..',
  '%2e%2e%2fadmin',
  '42%2Fproduct%2F1337',
  '42%5c..',
  '42%00',
  '42%0d%0aX-Evil:1',
  '42;v=1',
  '42%3Fa=1',
  '42%23',
  '42%20',
  '.42',
  '42%252e',
  'caf%C3%A9',
  '%F0%9F%92%A9',
  '4'.repeat(65),
  '4'.repeat(2_000),
] as const;

/** Each with the name under which a test shows it. */
export const HOSTILE_IDS: [shown: string, id: string][] = HOSTILE.map((id) => [
  id.length > 40 ? `${id.length} characters` : id,
  id,
]);
