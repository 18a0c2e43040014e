import { ProbeTimes } from '../../src/reconciliation/probe.times.js';

/** Probes at once, again at once, and gives up after some probes: what takes minutes in production. */
export const QUICK_EVIDENCE = new ProbeTimes({
  firstProbeAfterSeconds: 0,
  pauseSeconds: 0,
  pauseSecondsMax: 0,
  probesMax: 4,
  settleMs: 0,
  apartMs: 0,
  probesPerSecond: 1_000,
  probeAgainMs: 0,
  sweepPauseMs: 20,
  pollingSeconds: 0.5,
});
