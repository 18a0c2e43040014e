import type { RejectedField } from '../transport/upstream.errors.js';

/** JSON pointers of the vendor's field names; any other name concerns the body as a whole. */
const POINTER_OF_KEY: ReadonlyMap<string, string> = new Map([
  ['source_tool', '/sourceTool'],
  ['destination_instance_url', '/destinationInstanceUrl'],
  ['destination_username', '/destinationUsername'],
  ['destination_token', '/destinationToken'],
  ['start_full', '/startFull'],
]);

/** Known vendor messages and the public text for each. The first match wins. */
const DETAIL_OF_PHRASE: readonly (readonly [RegExp, string])[] = [
  [/^is not supported$/i, 'is not supported'],
  [/^can['’]t be blank$/i, 'must be given'],
  [/^is invalid$/i, 'is not valid'],
  [/^couldn['’]t access your /i, 'the destination account could not be accessed'],
];

const DETAIL_OTHERWISE = 'was refused by the migration service';

/**
 * The refused fields of a 422 body, an object of field and messages in which valid fields have an empty list
 * (Import2 E2). Vendor messages are never passed on: they may quote a customer's credential. Returns undefined when
 * the body is not such an object or names no error: it is then no proof of a refusal.
 */
export function refusedFields(body: unknown): readonly RejectedField[] | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const fields = new Map<string, RejectedField>();
  for (const [key, messages] of Object.entries(body)) {
    if (!Array.isArray(messages)) return undefined;
    const pointer = POINTER_OF_KEY.get(key) ?? '';
    for (const message of messages as readonly unknown[]) {
      const detail = detailOf(message);
      fields.set(`${pointer} ${detail}`, { pointer, detail });
    }
  }
  return fields.size === 0 ? undefined : [...fields.values()];
}

function detailOf(message: unknown): string {
  if (typeof message !== 'string') return DETAIL_OTHERWISE;
  return DETAIL_OF_PHRASE.find(([phrase]) => phrase.test(message.trim()))?.[1] ?? DETAIL_OTHERWISE;
}
