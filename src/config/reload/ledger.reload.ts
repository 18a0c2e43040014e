import type { ConfigurationIssue } from '../errors/configuration.error.js';
import type { AnswerKey, LedgerSettings } from '../settings/ledger.settings.js';

/** The result of a reload for the settings of the ledger. */
export interface LedgerReload {
  /** In force from now on, when there are no errors. */
  readonly ledger: LedgerSettings;
  /** Reasons to refuse the file whole. */
  readonly errors: readonly ConfigurationIssue[];
  /** Valid, with consequences for what is stored. */
  readonly warnings: readonly ConfigurationIssue[];
}

/**
 * Compares the ledger's settings of a file with those in force. Everything is taken over except
 * a shorter lease: operations and upstream calls under way were begun under the longer one.
 */
export function reloadedLedger(inForce: LedgerSettings, next: LedgerSettings): LedgerReload {
  return {
    ledger: Object.freeze({ ...next, leaseMs: Math.max(inForce.leaseMs, next.leaseMs) }),
    errors: next.answerKeys.flatMap((key, index) => exchangedUnderItsId(key, index, inForce.answerKeys)),
    warnings: [
      ...inForce.answerKeys.flatMap((key) => removed(key, next.answerKeys)),
      ...exchanged(inForce, next),
      ...shortened(inForce, next),
    ],
  };
}

/** Stored responses name the id of their key, so a key of another value under it would make each of them unreadable. */
function exchangedUnderItsId(
  { id, key }: AnswerKey,
  index: number,
  inForce: readonly AnswerKey[],
): readonly ConfigurationIssue[] {
  const before = inForce.find((each) => each.id === id);
  if (!before || before.key.equals(key)) return [];
  const reason = `differs from the key '${id}' in force, whose responses could not be read any more; give it an id of its own`;
  return [{ path: `ledger.answerKeys[${index}].key`, reason }];
}

function removed({ id }: AnswerKey, next: readonly AnswerKey[]): readonly ConfigurationIssue[] {
  if (next.some((each) => each.id === id)) return [];
  const reason = `no longer has the key '${id}': what it encrypted cannot be read until it is back`;
  return [{ path: 'ledger.answerKeys', reason }];
}

function exchanged(
  { fingerprintKey: before }: LedgerSettings,
  { fingerprintKey: after }: LedgerSettings,
): readonly ConfigurationIssue[] {
  if (!before || (after && before.equals(after))) return [];
  const reason =
    'has changed: a repeat of a request with secret parts from before is refused as another request';
  return [{ path: 'ledger.fingerprintKey', reason }];
}

function shortened(before: LedgerSettings, after: LedgerSettings): readonly ConfigurationIssue[] {
  if (after.leaseMs >= before.leaseMs) return [];
  const reason = `is shorter than ${before.leaseMs} ms, which stay in force until the next start`;
  return [{ path: 'ledger.leaseMs', reason }];
}
