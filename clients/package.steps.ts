import type { Step } from './scenario.world.js';
import { NEW_WORD } from './tomorrow.words.js';

/** What `@tollgate/client` has to do by itself where a generated client leaves it to its callers. */
export const PACKAGE_STEPS: readonly Step[] = [
  {
    name: 'hand-out',
    expected: { handedOut: true, replayed: false, attempts: 1, hasKey: true, hasRequestId: true },
    effects: { voucher_handout: 1 },
  },
  {
    name: 'cut-connection',
    arrange: ({ proxy }) => void (proxy.troubles = ['cut']),
    expected: { handedOut: true, replayed: true, attempts: 2 },
    effects: { voucher_handout: 1 },
  },
  {
    name: 'cut-grant',
    arrange: ({ proxy }) => void (proxy.troubles = ['cut']),
    expected: { granted: true, replayed: true, attempts: 2 },
    effects: { product_grant: 1 },
  },
  {
    name: 'lost-response',
    arrange: ({ gateway }) => gateway.spid.fault('product_grant', 'reset-after'),
    expected: {
      error: 'OutcomeUnknownError',
      attempts: 1,
      outcome: 'executed',
      granted: true,
      replayed: true,
    },
    effects: { product_grant: 1 },
  },
  {
    name: 'wait',
    arrange: ({ proxy }) => void (proxy.troubles = ['overloaded']),
    expected: { handedOut: true, replayed: false, attempts: 2, waited: true },
    effects: { voucher_handout: 1 },
  },
  {
    name: 'too-long-a-wait',
    expected: { error: 'RetryLaterError', code: 'rate-limited', attempts: 1, waits: true },
  },
  {
    name: 'html-502',
    arrange: ({ proxy }) => void (proxy.troubles = ['html-502']),
    expected: { attempts: 2 },
  },
  {
    name: 'deadline',
    expected: {
      error: 'ProblemError',
      code: 'validation-failed',
      pointers: ['/headers/Tollgate-Deadline-Ms'],
    },
  },
  {
    name: 'abort',
    expected: { error: 'OutcomeUnknownError', attempts: 1, handedOut: true, replayed: true },
    effects: { voucher_handout: 1 },
  },
  {
    name: 'sold-out',
    expected: { error: 'ProblemError', code: 'voucher-unavailable', outcome: 'not_executed', attempts: 1 },
    effects: { voucher_group_create: 1 },
  },
  {
    name: 'new-words',
    arrange: ({ proxy }) => void (proxy.newWords = true),
    expected: { state: NEW_WORD, error: 'ProblemError', code: NEW_WORD, status: 404 },
  },
  { name: 'unreachable', expected: { error: 'ConnectionError', outcome: 'not_executed', attempts: 2 } },
];
