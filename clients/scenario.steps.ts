import { announcement, deliver } from '../test/support/vendors/webhooks.js';
import type { ScenarioWorld, Step } from './scenario.world.js';
import { NEW_WORD } from './tomorrow.words.js';

/** The scenario: every client of every language runs these steps in this order. */
export const STEPS: readonly Step[] = [
  { name: 'check', expected: { granted: false } },
  { name: 'grant', expected: { granted: true, productId: '301694' }, effects: { product_grant: 1 } },
  { name: 'list', expected: { productIds: ['301694'] } },
  {
    name: 'hand-out',
    expected: { handedOut: true, replayed: false, location: true },
    effects: { voucher_handout: 1 },
  },
  { name: 'hand-out-again', expected: { sameId: true, replayed: true } },
  {
    name: 'lost-response',
    arrange: ({ gateway }) => gateway.spid.fault('product_grant', 'reset-after'),
    expected: {
      status: 504,
      code: 'outcome-unknown',
      outcome: 'unknown',
      state: 'succeeded',
      finalOutcome: 'executed',
    },
    effects: { product_grant: 1 },
    sent: { PUT: 1 },
  },
  {
    name: 'cut-connection',
    arrange: ({ proxy }) => void (proxy.troubles = ['cut']),
    expected: { handedOut: true, replayed: true },
    effects: { voucher_handout: 1 },
  },
  {
    name: 'cut-grant',
    arrange: ({ proxy }) => void (proxy.troubles = ['cut']),
    expected: { granted: true, replayed: true },
    effects: { product_grant: 1 },
  },
  {
    // Each write is cut, and sent once more by the caller: no library repeats it as well, and nothing is executed twice.
    name: 'cut-without-key',
    arrange: ({ proxy }) => void (proxy.troubles = ['cut', undefined, 'cut', undefined, 'cut']),
    expected: { raised: 3, repeated: 3 },
    effects: { product_grant: 1, product_revoke: 1, voucher_group_update: 1 },
    sent: { PUT: 2, DELETE: 2, PATCH: 2 },
  },
  {
    name: 'abort',
    arrange: ({ proxy }) => void (proxy.troubles = ['held']),
    expected: { aborted: true, handedOut: true, replayed: true },
    effects: { voucher_handout: 1 },
    sent: { POST: 2 },
  },
  {
    name: 'idle-connection',
    arrange: ({ proxy }) => proxy.closeIdleConnections(),
    expected: { granted: true },
    effects: { product_grant: 1 },
  },
  {
    name: 'sold-out',
    expected: { created: true, status: 409, code: 'voucher-unavailable', outcome: 'not_executed' },
    effects: { voucher_group_create: 1 },
  },
  {
    name: 'invalid',
    expected: { status: 400, code: 'validation-failed', pointer: '/destinationInstanceUrl' },
  },
  {
    name: 'rate-limit',
    expected: { status: 429, code: 'rate-limited', waits: true, sameAsHeader: true },
  },
  {
    name: 'refused-requests',
    arrange: ({ proxy }) =>
      void (proxy.troubles = ['other-route', 'other-method', 'too-large', 'not-json', 'internal-error']),
    expected: {
      problems: [
        '404 route-not-found',
        '405 method-not-allowed',
        '413 payload-too-large',
        '415 unsupported-media-type',
        '500 internal-error',
      ],
    },
    sent: { POST: 5 },
  },
  {
    name: 'hours',
    arrange: ({ proxy }) =>
      void (proxy.troubles = [
        'limited-for-hours',
        'overloaded-for-hours',
        'limited-for-hours',
        'overloaded-for-hours',
      ]),
    expected: { waits: ['429 3600', '503 3600', '429 3600', '503 3600'] },
    sent: { GET: 2, PUT: 2 },
  },
  {
    name: 'html-502',
    arrange: ({ proxy }) => void (proxy.troubles = ['html-502']),
    expected: { status: 502, problem: false },
  },
  {
    name: 'new-words',
    arrange: ({ proxy }) => void (proxy.newWords = true),
    expected: {
      entitlement: NEW_WORD,
      state: NEW_WORD,
      kind: NEW_WORD,
      outcome: NEW_WORD,
      problem: NEW_WORD,
    },
  },
  {
    name: 'tokens',
    expected: { imported: 3 },
    effects: { injectable_import: 1 },
  },
  { name: 'pages', expected: { first: 2, second: 2, distinct: 4 } },
  { name: 'group-pages', expected: { several: true, distinct: true } },
  { name: 'migrate', expected: { started: true, sameId: true }, effects: { imports_create: 1 } },
  {
    name: 'events',
    arrange: announceMigration,
    expected: { status: 'sample_completed', isOurs: true },
  },
  { name: 'counts', expected: { contacts: 0 } },
  {
    name: 'nulls',
    arrange: ({ proxy }) => void (proxy.nulls = true),
    expected: { nulls: ['operation', 'group', 'entitlement', 'migration'] },
  },
  // The first request of a client on its connection: Java asks for an upgrade to HTTP/2 with it.
  { name: 'first-post', expected: { imported: 1 }, effects: { injectable_import: 1 } },
];

/** Import2 announces a change of the migration that the client has started. */
async function announceMigration({ gateway }: ScenarioWorld): Promise<void> {
  const [started] = await gateway.import2.effects('imports_create');
  const { status } = await deliver(gateway, announcement({ id: started?.['migrationId'] }));
  if (status !== 202) throw new Error(`the webhook was refused with ${status}`);
}
