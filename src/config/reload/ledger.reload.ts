import type { ConfigurationFault } from '../configuration.error.js';
import type { AnswerKey, LedgerSettings } from '../settings/settings.js';

/** What a reload makes of the settings of the ledger. */
export interface LedgerReload {
  /** In force from now on, when there are no faults. */
  readonly ledger: LedgerSettings;
  /** Reasons to refuse the file whole. */
  readonly faults: readonly ConfigurationFault[];
  /** What works and has consequences for what is stored. */
  readonly warnings: readonly ConfigurationFault[];
}

/**
 * Compares the ledger's settings of a file with those in force. Everything is taken over but a shorter lease: operations and
 * upstream calls that are under way were begun under the longer one.
 */
export function reloadedLedger(inForce: LedgerSettings, next: LedgerSettings): LedgerReload {
  return {
    ledger: Object.freeze({ ...next, leaseMs: Math.max(inForce.leaseMs, next.leaseMs) }),
    faults: next.answerKeys.flatMap((key, index) => exchangedUnderItsId(key, index, inForce.answerKeys)),
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
): readonly ConfigurationFault[] {
  const before = inForce.find((each) => each.id === id);
  if (!before || before.key.equals(key)) return [];
  const reason = `differs from the key '${id}' in force, whose responses could not be read any more; give it an id of its own`;
  return [{ path: `ledger.answerKeys[${index}].key`, reason }];
}

function removed({ id }: AnswerKey, next: readonly AnswerKey[]): readonly ConfigurationFault[] {
  if (next.some((each) => each.id === id)) return [];
  const reason = `no longer has the key '${id}': what it encrypted cannot be read until it is back`;
  return [{ path: 'ledger.answerKeys', reason }];
}

function exchanged(
  { fingerprintKey: before }: LedgerSettings,
  { fingerprintKey: after }: LedgerSettings,
): readonly ConfigurationFault[] {
  if (!before || (after && before.equals(after))) return [];
  const reason =
    'has changed: a repeat of a request with secret parts from before is refused as another request';
  return [{ path: 'ledger.fingerprintKey', reason }];
}

function shortened(before: LedgerSettings, after: LedgerSettings): readonly ConfigurationFault[] {
  if (after.leaseMs >= before.leaseMs) return [];
  const reason = `is shorter than ${before.leaseMs} ms, which stay in force until the next start`;
  return [{ path: 'ledger.leaseMs', reason }];
}
