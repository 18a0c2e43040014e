import type { AnnouncedStep, MigratedUsers } from './import2.nouns.js';
import { idOf, objectOf, TEXT_LENGTH_MAX, UnreadableError, usersOf } from './import2.wire.js';

const BYTE_ORDER_MARK = /^\ufeff/;

/** A text or a number of sound JSON: nothing else in it holds a quote or a digit. */
const TEXT_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * Reads the body of a webhook, a byte order mark before it included; a number is read where a text is expected, and a
 * time written as a text. Members that are not known are left where they are, `token` too: it opens the customer's
 * migration and no code here needs it (Import2 E3).
 * @throws UnreadableError
 */
export function readAnnouncement(text: string): AnnouncedStep {
  const json = text.replace(BYTE_ORDER_MARK, '');
  const webhook = objectOf(parse(json), 'webhook');
  const texts = objectOf(parse(withNumbersAsTexts(json)), 'webhook');
  const textOrElse = (name: string) => (typeof webhook[name] === 'number' ? texts[name] : webhook[name]);
  return {
    migrationId: migrationIdOf(webhook['id'], texts['id']),
    upstreamStatus: wordsOf(textOrElse('status'), 'status'),
    upstreamStatusCode: wordsOf(textOrElse('status_code'), 'status_code'),
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

/** Every number as the text that was sent: a double keeps no more than 15 digits for sure. */
function withNumbersAsTexts(json: string): string {
  return json.replace(TEXT_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`));
}

/** A fraction or an exponent is no id, though the characters would pass for one. */
function migrationIdOf(id: unknown, text: unknown): string {
  if (typeof id !== 'number') return idOf(id);
  if (typeof text !== 'string' || !/^\d+$/.test(text)) throw new UnreadableError('id');
  return idOf(text);
}

/** Free text (Import2 E4), but one line of it. */
function wordsOf(value: unknown, place: string): string | null {
  if (value == null || value === '') return null;
  const isWords =
    typeof value === 'string' &&
    value.length <= TEXT_LENGTH_MAX &&
    value.isWellFormed() &&
    !/[\u0000-\u001f\u007f-\u009f]/.test(value);
  if (!isWords) throw new UnreadableError(place);
  return value;
}

/** Import2 never sends again, so no event is lost for a count that cannot be read. */
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
