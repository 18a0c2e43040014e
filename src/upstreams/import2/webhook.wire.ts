import type { AnnouncedStep, MigratedUsers } from './import2.nouns.js';
import { idOf, objectOf, TEXT_LENGTH_MAX, UnreadableError, usersOf } from './import2.wire.js';

/**
 * Reads the body of a webhook. Members that are not known are left where they are, `token` too: it opens the
 * customer's migration and nobody here needs it (facts E3).
 * @throws UnreadableError
 */
export function readAnnouncement(text: string): AnnouncedStep {
  const { id, status, status_code: statusCode, users, timestamp } = objectOf(parse(text), 'webhook');
  return {
    migrationId: idOf(id),
    upstreamStatus: wordsOf(status, 'status'),
    upstreamStatusCode: wordsOf(statusCode, 'status_code'),
    users: countsOf(users),
    timestampMs: timestampOf(timestamp),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UnreadableError('webhook');
  }
}

/** Free text (facts E4), but one line of it. */
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
  if (!Number.isSafeInteger(value)) throw new UnreadableError('timestamp');
  return value as number;
}
