import { Secret } from '../secrets/secret.js';

/** In place of a secret, whose text is transferred apart; no setting has this name. */
interface SecretPlace {
  readonly $secret: number;
}

/** In place of a Buffer: a copy of many small ones between threads costs more than their text. */
interface BytesPlace {
  readonly $hex: string;
}

/**
 * A copy of a part of the settings that can be posted to another thread: dates and sets are as they are, the texts of secrets
 * are only in `secrets`.
 */
export function packed(value: unknown, secrets: string[]): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Set)
    return value;
  if (value instanceof Secret) return { $secret: secrets.push(value.reveal()) - 1 } satisfies SecretPlace;
  if (Buffer.isBuffer(value)) return { $hex: value.toString('hex') } satisfies BytesPlace;
  if (Array.isArray(value)) return value.map((each) => packed(each, secrets));
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, packed(each, secrets)]));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, packed(each, secrets)]));
}

/** The part that was packed, frozen as the parser freezes it. */
export function unpacked(value: unknown, secrets: readonly Secret[]): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Set)
    return value;
  if (Array.isArray(value)) return Object.freeze(value.map((each) => unpacked(each, secrets)));
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, unpacked(each, secrets)]));
  if ('$secret' in value) return secrets[(value as SecretPlace).$secret];
  if ('$hex' in value) return Buffer.from((value as BytesPlace).$hex, 'hex');
  const copy: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) copy[key] = unpacked(each, secrets);
  return Object.freeze(copy);
}

/** Texts in one block of memory, to be transferred and not copied. */
export function sealedTexts(texts: readonly string[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(texts));
}

/** Reads the texts and overwrites the block. */
export function openedTexts(block: Uint8Array): readonly string[] {
  const texts = JSON.parse(new TextDecoder().decode(block)) as readonly string[];
  block.fill(0);
  return texts;
}
