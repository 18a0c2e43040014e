import type { AnnouncedStep, MigratedUsers } from './import2.types.js';
import { objectOf } from '../transport/response/json.body.js';
import { UnreadableError } from '../transport/response/unreadable.error.js';
import { idOf, textOf, usersOf } from './import2.payload.js';

const BYTE_ORDER_MARK = /^\ufeff/;

/** A string or a number of valid JSON: no other token contains a quote or a digit. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * Reads the body of a webhook. Accepts a byte order mark, numbers in place of strings, and a timestamp in a string.
 * Unknown members are ignored, and so is `token`: it gives access to the customer's migration, and nothing here needs
 * it (Import2 E3).
 * @throws UnreadableError
 */
export function readAnnouncement(text: string): AnnouncedStep {
  const json = text.replace(BYTE_ORDER_MARK, '');
  const webhook = objectOf(parse(json), 'webhook');
  const strings = objectOf(parse(withNumbersAsStrings(json)), 'webhook');
  const exactText = (name: string) => (typeof webhook[name] === 'number' ? strings[name] : webhook[name]);
  return {
    migrationId: migrationIdOf(webhook['id'], strings['id']),
    upstreamStatus: wordsOf(exactText('status'), 'status'),
    upstreamStatusCode: wordsOf(exactText('status_code'), 'status_code'),
    users: countsOf(webhook['users']),
    timestampMs: timestampOf(webhook['timestamp']),
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new UnreadableError('webhook');
  }
}

/** Every number as the string that was sent: a double keeps only 15 digits. */
function withNumbersAsStrings(json: string): string {
  return json.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`));
}

/** A fraction or an exponent is not an id, although its characters are allowed in one. */
function migrationIdOf(id: unknown, text: unknown): string {
  if (typeof id !== 'number') return idOf(id);
  if (typeof text !== 'string' || !/^\d+$/.test(text)) throw new UnreadableError('id');
  return idOf(text);
}

/** Free text (Import2 E4) on one line. */
function wordsOf(value: unknown, place: string): string | null {
  return value == null || value === '' ? null : textOf(value, place);
}

/** Import2 sends each event once, so an unreadable count must not lose the event. */
function countsOf(value: unknown): MigratedUsers | null {
  try {
    return value == null ? null : usersOf(value);
  } catch (error) {
    if (error instanceof UnreadableError) return null;
    throw error;
  }
}

function timestampOf(value: unknown): number | null {
  if (value == null) return null;
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(number)) throw new UnreadableError('timestamp');
  return number as number;
}
