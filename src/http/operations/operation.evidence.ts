import type { EvidencePace } from './evidence.pace.js';
import type { OperationState } from './operation.state.js';
import type { Decision, Evidence, Operation, StoredAnswer } from './operation.types.js';

/**
 * What a look says. `executed`: the effect is there. `not_executed`: it is not there. `undecided`: it cannot be told
 * now. `untellable`: no look will ever tell.
 */
export type Verdict = Decision | 'undecided' | 'untellable';

export interface Finding {
  readonly says: Verdict;
  /** JSON without secrets. */
  readonly seen: unknown;
  /** Why it cannot be told, in public words. */
  readonly because?: string;
  /** With `executed`: the answer, where it could be read back. */
  readonly answer?: StoredAnswer;
  /** With `executed`: the migration that it began. */
  readonly migrationId?: string;
}

/** Another operation of the ledger that has to do with the same thing. */
export type OtherOperation = Pick<Operation, 'id' | 'kind' | 'state' | 'sentAt' | 'finishedAt' | 'subject'>;

/** The replicas' clocks may differ by this much; synchronised ones differ by milliseconds. */
export const CLOCK_SKEW_MS = 5_000;

/** States in which an operation has, or may have, changed something. */
export const EFFECTIVE_STATES = ['sent', 'unknown', 'succeeded'] as const satisfies readonly OperationState[];

/**
 * Grants, revocations, changes: what was asked for is seen, or its opposite. That it is seen counts as executed,
 * also when it was so before. Another operation on the same thing makes the sight worthless.
 */
export function judgeEffect(
  operation: Operation,
  { isThere, seen }: { readonly isThere: boolean; readonly seen: unknown },
  others: readonly OtherOperation[],
): Finding {
  if (others.some((other) => disturbs(other, operation))) {
    return { says: 'undecided', seen, because: 'another operation on the same thing may have caused this' };
  }
  return { says: isThere ? 'executed' : 'not_executed', seen };
}

/** Began later, whatever it asked for; or asked for the opposite and was not certainly over when this one began. */
function disturbs(other: OtherOperation, { kind, sentAt }: Operation): boolean {
  if (!isEffective(other)) return false;
  const from = sentAt.getTime() - CLOCK_SKEW_MS;
  if (other.sentAt.getTime() >= from) return true;
  const isOver = other.state === 'succeeded' && (other.finishedAt?.getTime() ?? Infinity) < from;
  return !isOver && other.kind !== kind;
}

export interface ListedMigration {
  readonly id: string;
  readonly status: string;
  /** The customer has not done more than enter credentials. */
  readonly isAtBeginning: boolean;
}

/**
 * The upstream tells neither when a migration began nor who began it (facts E3). The one that no other operation has
 * begun is ours if it is the only one of its kind, and if it still stands at its beginning: its address was lost with
 * the answer, so no customer can have taken it further. Certain as far as the ledger knows every migration: only the
 * gateway holds the tenant's token, and what is older than the ledger has gone further, or is a second one.
 * @param others all other creations for the same username
 */
export function judgeCreation(
  listed: readonly ListedMigration[],
  others: readonly OtherOperation[],
): Finding {
  const effective = others.filter(isEffective);
  const known = new Set(effective.map(({ subject }) => subject.migrationId));
  const unclaimed = listed.filter(({ id }) => !known.has(id));
  const seen = { migrations: listed.length, unclaimed: unclaimed.map(({ id, status }) => ({ id, status })) };
  const [only, second] = unclaimed;
  if (!only) return { says: 'not_executed', seen };
  if (second) return { says: 'undecided', seen, because: 'several migrations have no operation' };
  if (effective.some(({ subject }) => subject.migrationId === undefined)) {
    return { says: 'undecided', seen, because: 'another operation for this username may have begun it' };
  }
  if (!only.isAtBeginning) {
    return { says: 'undecided', seen, because: 'it has gone further than one without an address can' };
  }
  return { says: 'executed', seen, migrationId: only.id };
}

function isEffective({ state }: OtherOperation): boolean {
  return (EFFECTIVE_STATES as readonly OperationState[]).includes(state);
}

export interface Look {
  readonly finding: Finding;
  readonly at: Date;
  /** When the outcome became unknown. */
  readonly unknownSince: Date;
  /** All evidence of the operation so far. */
  readonly earlier: readonly Evidence[];
}

export type Conclusion = { readonly decision: Decision; readonly reason: string } | 'look-again' | 'give-up';

/**
 * What follows from a look. An effect that is there decides at once; one that is absent only in two looks, well after
 * the upstream can still have been executing.
 */
export function conclude({ finding, at, unknownSince, earlier }: Look, pace: EvidencePace): Conclusion {
  switch (finding.says) {
    case 'executed':
      return { decision: 'executed', reason: 'what was asked for was seen at the upstream' };
    case 'not_executed': {
      const settledMs = unknownSince.getTime() + pace.settleMs;
      const absentBefore = earlier.some((each) => {
        const seenMs = Date.parse(each.at);
        return saysAbsent(each) && seenMs >= settledMs && seenMs <= at.getTime() - pace.apartMs;
      });
      if (at.getTime() < settledMs || !absentBefore) return 'look-again';
      return { decision: 'not_executed', reason: 'two looks, long enough after the call, did not see it' };
    }
    case 'undecided':
      return 'look-again';
    case 'untellable':
      return 'give-up';
    default:
      return finding.says satisfies never;
  }
}

/** `by` of the evidence that was read back. */
export const BY_EVIDENCE = 'evidence';

/** How a look is stored with the operation. */
export function evidenceOf(asked: string, { says, seen, because }: Finding, at: Date): Evidence {
  return {
    at: at.toISOString(),
    by: BY_EVIDENCE,
    asked,
    seen: { says, ...(because === undefined ? {} : { because }), seen },
  };
}

/** Looks of an earlier attempt under the same key are older than `unknownSince`. */
function saysAbsent({ by, seen }: Evidence): boolean {
  const says = (seen as { says?: Verdict } | null)?.says;
  return by === BY_EVIDENCE && says === ('not_executed' satisfies Verdict);
}
