import type { Finding } from './finding.js';
import type { Operation } from '../ledger/operation.types.js';

/** Another operation of the vendor account with the same subject, or possibly the same. */
export type OtherOperation = Pick<
  Operation,
  'id' | 'kind' | 'state' | 'finishedAt' | 'subject' | 'resolution' | 'contradictedAt'
>;

/** `too-many`: more than can be compared, so nothing is proved. */
export type OtherOperations = readonly OtherOperation[] | 'too-many';

/** Whether it may have changed something at the vendor at or after `since`, by the clock of the database. */
export function mayHaveActedSince(other: OtherOperation, since: Date): boolean {
  if (other.contradictedAt !== null && isAtOrAfter(other.contradictedAt, since)) return true;
  switch (other.state) {
    case 'claimed':
    case 'released':
      return false;
    case 'sent':
    case 'unknown':
      return true;
    case 'succeeded':
      return other.resolution?.basis !== 'already_so' && isAtOrAfter(other.finishedAt, since);
    case 'failed':
      // A person, or an older version by absence, decided not_executed: it may still be executed late.
      return other.resolution !== null && other.contradictedAt === null;
    default:
      return other.state satisfies never;
  }
}

function isAtOrAfter(time: Date | null, since: Date): boolean {
  return time === null || time.getTime() >= since.getTime();
}

/** The state of a subject that an operation was to change. */
export interface ReadChange {
  /** Whether it was in the requested state before the call; null: not known. */
  readonly before: boolean | null;
  readonly now: boolean;
  /** JSON without secrets. */
  readonly seen: unknown;
}

export interface OthersOnSubject {
  /** Operations that may have caused the requested state. */
  readonly causing: OtherOperations;
  /** Operations that may have undone it. */
  readonly undoing: OtherOperations;
}

const OTHER_CAUSE = 'another operation of the same vendor account may have caused this';
const OTHER_UNDOING = 'another operation of the same vendor account may have undone it';

/**
 * For grants, revocations and group updates: executed if the requested state exists now, did not exist before, and no
 * other operation caused it.
 */
export function findingOfChange(
  { before, now, seen }: ReadChange,
  { causing, undoing }: OthersOnSubject,
): Finding {
  if (!now) {
    return undoing.length > 0
      ? { shows: 'undecided', seen, ...withReason(undoing, OTHER_UNDOING) }
      : { shows: 'absent', seen, because: 'it is not there now, which does not prove that it will not come' };
  }
  if (before === null) {
    return { shows: 'seen', seen, because: 'how it was before the call is not known', isLast: true };
  }
  if (before) return { shows: 'seen', seen, because: 'it was so before the call', isLast: true };
  return causing.length > 0
    ? { shows: 'seen', seen, ...withReason(causing, OTHER_CAUSE) }
    : { shows: 'executed', seen };
}

/** If none of the other operations can still turn out as not executed, a later probe proves no more than this one. */
function withReason(others: OtherOperations, because: string): Pick<Finding, 'because' | 'isLast'> {
  if (others === 'too-many') {
    return {
      because: `more than ${OTHERS_MAX} operations on the same thing: a person has to decide`,
      isLast: true,
    };
  }
  return others.some(isOpen) ? { because } : { because, isLast: true };
}

function isOpen({ state }: OtherOperation): boolean {
  return state === 'sent' || state === 'unknown';
}

/** More operations on one subject than can be compared one by one; none may be left out, so then nothing is proved. */
export const OTHERS_MAX = 500;

const NOT_LISTED = 'cancelled and archived migrations are not listed, so a list without it proves nothing';

export interface ListedMigration {
  readonly id: string;
  readonly status: string;
  /** The customer has done no more than enter credentials. */
  readonly isAtBeginning: boolean;
}

export interface MigrationsAround {
  /** Ids listed before the call; null: not known. */
  readonly before: ReadonlySet<string> | null;
  /** Ids that belong to other operations of the vendor account. */
  readonly known: ReadonlySet<string>;
  /** Creations for the same username that may have started one since, and have no migration id. */
  readonly causing: OtherOperations;
}

/**
 * The vendor shows neither when a migration started nor who started it (Import2 E3). A migration is that of this
 * operation if
 * - it was not listed before the call and belongs to no other operation
 * - it is the only such one, and no other operation can have started it
 * - it is still at its beginning: its URL was lost with the response, so no customer can have continued it
 */
export function findingOfCreation(
  listed: readonly ListedMigration[],
  { before, known, causing }: MigrationsAround,
): Finding {
  const unclaimed = listed.filter(({ id }) => !known.has(id) && !before?.has(id));
  const seen = { migrations: listed.length, unclaimed: unclaimed.map(({ id, status }) => ({ id, status })) };
  const [only, second] = unclaimed;
  if (!only) return { shows: 'absent', seen, because: NOT_LISTED };
  if (before === null) {
    return { shows: 'seen', seen, because: 'what was listed before the call is not known', isLast: true };
  }
  if (causing.length > 0) return { shows: 'seen', seen, ...withReason(causing, OTHER_CAUSE) };
  if (second) {
    return { shows: 'seen', seen, because: 'several new migrations belong to no operation', isLast: true };
  }
  if (!only.isAtBeginning) {
    const because = 'it has gone further than one whose address was lost can have';
    return { shows: 'seen', seen, because, isLast: true };
  }
  return { shows: 'executed', seen, migrationId: only.id };
}
