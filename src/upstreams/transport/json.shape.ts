import { UnreadableError } from './unreadable.error.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** @param place names the value in the message of the UnreadableError */
export function objectOf(value: unknown, place: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableError(place);
  return value as JsonObject;
}

/** @param place names the value in the message of the UnreadableError */
export function listOf(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnreadableError(place);
  return value;
}
