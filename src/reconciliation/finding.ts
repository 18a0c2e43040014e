import type { Decision, Evidence, StoredResponse } from '../ledger/operation.types.js';

/**
 * What a probe shows:
 * - `executed`: the effect exists, did not exist before the call, and nothing else can have caused it
 * - `seen`: the effect exists, and something else may have caused it
 * - `absent`: the effect does not exist, which proves nothing, because it may still appear
 * - `undecided`: nothing follows from this probe
 * - `noted`: for a person, who knows what else to compare it with
 */
export type Showing = 'executed' | 'seen' | 'absent' | 'undecided' | 'noted';

export interface Finding {
  readonly shows: Showing;
  /** What was read: JSON without secrets. */
  readonly seen: unknown;
  /** Why it proves nothing; public text. */
  readonly because?: string;
  /** No later probe can prove more. */
  readonly isLast?: boolean;
  /** With `executed`: the response, if it could be read back. */
  readonly response?: StoredResponse;
  /** With `executed`: the migration that it started. */
  readonly migrationId?: string;
}

/** What a probe read, and what that shows about the operation. */
export interface ProbeResult {
  /** What was checked, in words of the gateway, for example `GET entitlement 42/1337`. */
  readonly asked: string;
  readonly finding: Finding;
}

/** `by` of evidence that was read back from an upstream. */
export const BY_EVIDENCE = 'evidence';

/** What a probe stores in the evidence of the operation. */
interface StoredFinding {
  readonly shows: Showing;
  readonly because?: string;
  readonly seen: unknown;
  /** The caller who requested the probe; absent for background probes. */
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

/** What an earlier probe showed; undefined for other evidence, and for that of older versions. */
export function showingOf({ by, seen }: Evidence): Showing | undefined {
  return by === BY_EVIDENCE ? (seen as Partial<StoredFinding> | null)?.shows : undefined;
}

/** The decision that a finding suggests immediately; absence suggests one only later, see verdict.ts. */
export function recommendationOf({ shows }: Finding): Decision | null {
  return shows === 'executed' || shows === 'seen' ? 'executed' : null;
}
