import { EvidencePace } from '../../src/http/operations/evidence.pace.js';

/** Looks at once, again at once, and gives up after some looks: what takes minutes in production. */
export const QUICK_EVIDENCE = new EvidencePace({
  firstLookAfterSeconds: 0,
  pauseSeconds: 0,
  pauseSecondsMax: 0,
  looksMax: 4,
  settleMs: 0,
  apartMs: 0,
  looksPerSecond: 1_000,
  sweepPauseMs: 20,
  pollingSeconds: 0.5,
});
