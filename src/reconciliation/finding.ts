import type { Decision, Evidence, StoredAnswer } from '../ledger/operation.types.js';

/**
 * What a probe shows. `executed`: the effect is there, was not there before the call, and nothing else can have caused
 * it. `seen`: the effect is there, and something else may have caused it. `absent`: it is not there, which proves
 * nothing, because it may still come. `undecided`: nothing follows from this reading. `noted`: for a person, who knows
 * what else to compare it with.
 */
export type Showing = 'executed' | 'seen' | 'absent' | 'undecided' | 'noted';

export interface Finding {
  readonly shows: Showing;
  /** What was read: JSON without secrets. */
  readonly seen: unknown;
  /** Why it proves nothing, in public words. */
  readonly because?: string;
  /** No later probe can prove more. */
  readonly isLast?: boolean;
  /** With `executed`: the answer, where it could be read back. */
  readonly answer?: StoredAnswer;
  /** With `executed`: the migration that it began. */
  readonly migrationId?: string;
}

/** Something read, and what it shows about the operation. */
export interface ProbeResult {
  /** What was asked, in our words, for example `GET entitlement 42/1337`. */
  readonly asked: string;
  readonly finding: Finding;
}

/** `by` of the evidence that was read back. */
export const BY_EVIDENCE = 'evidence';

/** What a probe leaves in the operation's evidence. */
interface StoredFinding {
  readonly shows: Showing;
  readonly because?: string;
  readonly seen: unknown;
  /** The caller who asked for the probe; absent in probes of the gateway's own. */
  readonly requestedBy?: string;
}

export function evidenceOf({ asked, finding }: ProbeResult, at: Date, requestedBy?: string): Evidence {
  const { shows, seen, because } = finding;
  const stored: StoredFinding = {
    shows,
    ...(because === undefined ? {} : { because }),
    seen,
    ...(requestedBy === undefined ? {} : { requestedBy }),
  };
  return { at: at.toISOString(), by: BY_EVIDENCE, asked, seen: stored };
}

/** What an earlier probe showed; undefined for every other evidence, and for that of older versions. */
export function showingOf({ by, seen }: Evidence): Showing | undefined {
  return by === BY_EVIDENCE ? (seen as Partial<StoredFinding> | null)?.shows : undefined;
}

/** The decision that a finding speaks for at once; absence speaks only after some time. */
export function recommendationOf({ shows }: Finding): Decision | null {
  return shows === 'executed' || shows === 'seen' ? 'executed' : null;
}
