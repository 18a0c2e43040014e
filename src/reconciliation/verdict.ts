import type { ProbeTimes } from './probe.times.js';
import { type Finding, recommendationOf, showingOf } from './finding.js';
import type { Awaits, Decision, Evidence } from '../ledger/operation.types.js';

/** A finding, and the state of the operation that it is about. */
export interface ProbedOperation {
  readonly finding: Finding;
  readonly at: Date;
  /** When the outcome became unknown. */
  readonly unknownSince: Date;
  /** All earlier evidence of the operation. */
  readonly earlier: readonly Evidence[];
  readonly awaits: Awaits;
  readonly recommendation: Decision | null;
}

/** What follows from a probe. `decide`: executed. Only a proved effect decides. */
export type Verdict = { readonly kind: 'decide'; readonly reason: string } | Advice;

export interface Advice {
  readonly kind: 'advise';
  readonly awaits: Awaits;
  readonly recommendation: Decision | null;
  /** False: no further probe. */
  readonly goesOn: boolean;
}

/**
 * - An effect that only this operation can have caused decides at once.
 * - An effect that exists without that proof, and one that was absent twice, long enough after the call, lead to a
 *   recommendation: a person decides.
 * - Probes continue after absence, because a late effect still decides.
 */
export function verdictOf(probed: ProbedOperation, schedule: ProbeTimes): Verdict {
  const { finding, awaits, recommendation } = probed;
  const advice = { kind: 'advise', awaits, recommendation, goesOn: finding.isLast !== true } as const;
  switch (finding.shows) {
    case 'executed':
      return {
        kind: 'decide',
        reason: 'it was seen at the upstream, was not there before, and no other write caused it',
      };
    case 'seen':
      return { ...advice, ...toPerson(advice.goesOn, awaits), recommendation: recommendationOf(finding) };
    case 'absent': {
      if (recommendation !== null || !wasAbsentTwice(probed, schedule)) return advice;
      return { ...advice, awaits: 'person', recommendation: 'not_executed' };
    }
    case 'undecided':
      return { ...advice, ...toPerson(advice.goesOn, awaits) };
    case 'noted':
      return { ...advice, awaits: 'person', goesOn: false };
    default:
      return finding.shows satisfies never;
  }
}

function toPerson(goesOn: boolean, awaits: Awaits): { awaits: Awaits } {
  return { awaits: goesOn ? awaits : 'person' };
}

/**
 * Both absences count only once the vendor can hardly still be executing, and well apart: its reads may lag behind
 * its writes.
 */
function wasAbsentTwice({ at, unknownSince, earlier }: ProbedOperation, schedule: ProbeTimes): boolean {
  const settledMs = unknownSince.getTime() + schedule.settleMs;
  if (at.getTime() < settledMs) return false;
  return earlier.some((each) => {
    const seenMs = Date.parse(each.at);
    return showingOf(each) === 'absent' && seenMs >= settledMs && seenMs <= at.getTime() - schedule.apartMs;
  });
}
