import type { ReceivedCall } from '../../../src/simulators/simulator.traffic.js';
import { callsInAnyWindow } from '../../support/vendors/vendor.traffic.js';
import type { Findings, Violation } from './findings.js';
import type { TimedRequest } from '../processes/gateway.notes.js';
import { CONCURRENCY, IMPORT2_RATE } from '../processes/gateway.settings.js';
import type { Upstream } from '../plan/planned.write.js';

/** A response may be late by so much after its deadline. */
const LATE_MS_MAX = 100;

/**
 * After the trouble every gateway serves reads of both vendors again within this. A breaker and a throttled account are tried
 * every second; a Redis that has lost everything is not used for 3 s, the window of Import2 and what may still be on its way.
 */
export const RECOVERY_MS_MAX = 10_000;

/** What was promised of the budgets, of deadlines and of the processes. */
export function budgetViolations(findings: Findings): Violation[] {
  return [
    ...exceededLimits(findings),
    ...lateResponses(findings),
    ...unhandledErrors(findings),
    ...slowRecoveries(findings),
  ];
}

/** As the vendors counted. */
function exceededLimits({ traffic, processes }: Findings): Violation[] {
  const { requests, perSeconds } = IMPORT2_RATE;
  const inWindow = callsInAnyWindow(traffic.import2, perSeconds * 1_000);
  const found: Violation[] = [];
  if (inWindow > requests) {
    found.push({
      kind: 'limit',
      what: `Import2 got ${inWindow} calls within ${perSeconds} s, not ${requests}`,
    });
  }
  const limits: Record<Upstream, number> = {
    import2: CONCURRENCY.import2,
    // Without a rate each process counts for itself.
    spid: CONCURRENCY.spid * processes.atOnce,
  };
  for (const upstream of ['spid', 'import2'] as const) {
    const most = mostAtOnce(traffic[upstream]);
    // The places of a process that stood still for long return; its calls go on.
    const allowed =
      limits[upstream] + (processes.stoodStill > 0 ? CONCURRENCY[upstream] * processes.stoodStill : 0);
    if (most > allowed) {
      found.push({ kind: 'limit', what: `${upstream} had ${most} calls at one time, not ${allowed}` });
    }
  }
  return found;
}

/** The harness has calls of its own in between, so that `inProgress` of the record is too high. */
function mostAtOnce(calls: readonly ReceivedCall[]): number {
  const steps = calls.flatMap(({ atMs, endedMs }) => [
    { ms: atMs, by: 1 },
    ...(endedMs === null ? [] : [{ ms: endedMs, by: -1 }]),
  ]);
  let now = 0;
  let most = 0;
  for (const { by } of steps.toSorted((a, b) => a.ms - b.ms || a.by - b.by)) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

/** By the gateway's own clock, without the time in which its process did not run. */
function lateResponses({ readings, notes }: Findings): Violation[] {
  const late = notes
    .filter(isTimed)
    .filter(({ ms, lostMs, deadlineMs }) => ms - lostMs > deadlineMs + LATE_MS_MAX);
  const noted = new Set(notes.filter(isTimed).map(({ requestId }) => requestId));
  const missing = readings.filter(
    ({ requestId, status, gateway }) => status === 0 && !gateway.hasEnded && !noted.has(requestId),
  );
  return [
    ...late.map(({ requestId, ms, lostMs, deadlineMs }) => ({
      kind: 'late' as const,
      what: `request ${requestId} took ${Math.round(ms - lostMs)} ms, its deadline was ${deadlineMs} ms`,
    })),
    ...missing.map(({ requestId }) => ({
      kind: 'late' as const,
      what: `request ${requestId} got no response`,
    })),
  ];
}

function unhandledErrors({ notes, processes }: Findings): Violation[] {
  const unhandled = notes.flatMap((note) => (isTimed(note) ? [] : [note.unhandled]));
  return [
    ...unhandled.map((what) => ({ kind: 'crash' as const, what })),
    ...processes.crashed.map((url) => ({ kind: 'crash' as const, what: `${url} ended by itself` })),
  ];
}

function slowRecoveries({ recoveriesMs }: Findings): Violation[] {
  return recoveriesMs
    .filter((ms) => ms >= RECOVERY_MS_MAX)
    .map((ms) => ({
      kind: 'slow',
      what: `after ${Math.round(ms)} ms not every gateway served both vendors`,
    }));
}

function isTimed(note: Findings['notes'][number]): note is TimedRequest {
  return 'requestId' in note;
}
