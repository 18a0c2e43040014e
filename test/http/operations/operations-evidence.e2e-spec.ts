import { assert, asyncProperty, constantFrom, dictionary, integer, string } from 'fast-check';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { CHECKOUT_KEY, OPERATOR_KEY, withOperators } from '../../support/operations.callers.js';

let gateway: TestGateway;
let keys = 0;

beforeAll(async () => {
  gateway = await startGateway({ settings: withOperators });
});
afterAll(() => gateway.close());

/** Decides an unknown handout; `evidence` is JSON text, because no library would write all of it. */
async function decide(evidence: string, reason = 'The console lists none.') {
  const body = { userId: '42', voucherGroupId: '324673248' };
  await gateway.spid.fault('voucher_handout', 'reset-before');
  const idempotencyKey = `evidence-${++keys}`;
  const lost = await gateway.call('POST', '/v1/voucher-handouts', {
    key: CHECKOUT_KEY,
    idempotencyKey,
    body,
  });
  const path: string = lost.body.operation;
  return gateway.call('POST', `${path}/resolution`, {
    key: OPERATOR_KEY,
    body: `{"decision":"not_executed","reason":"${reason}","evidence":${evidence}}`,
  });
}

describe('POST /v1/operations/{id}/resolution with evidence of a free form', () => {
  it.each([
    [String.raw`{"a\u0000":1}`, { 'a\uFFFD': 1 }],
    [String.raw`{"\ud800":1}`, { '\uFFFD': 1 }],
    [String.raw`{"a":{"b":[{"\u0000\udfff":"\u0000"}]}}`, { a: { b: [{ '\uFFFD\uFFFD': '\uFFFD' }] } }],
    [String.raw`{"\u0000":1,"\ufffd":2}`, { '\uFFFD': 2, '\uFFFD (2)': 1 }],
    [
      String.raw`{"toString":1,"then":2,"hasOwnProperty":3,"":4}`,
      JSON.parse('{"toString":1,"then":2,"hasOwnProperty":3,"":4}'),
    ],
    [`${'{"\\u0000":'.repeat(30)}1${'}'.repeat(30)}`, expect.anything()],
  ])('stores %s', async (evidence, seen) => {
    const { status, body } = await decide(evidence);
    expect([status, body.evidence?.at(-1)?.seen]).toEqual([200, seen]);
  });

  it.each([
    '{"__proto__":1}',
    String.raw`{"a":{"\u005f_proto__":{"b":1}}}`,
    '{"constructor":{"prototype":1}}',
    '{"a":[{"constructor":null}]}',
    '{"prototype":"x"}',
  ])('refuses %s, because it would lose a member of it', async (evidence) => {
    const { status, body } = await decide(evidence);
    expect([status, body.type, body.outcome]).toEqual([
      400,
      '/docs/problems/validation-failed',
      'not_executed',
    ]);
  });

  it('reports the pointer of the refused member', async () => {
    const { body } = await decide('{"a":[{"constructor":null}]}');
    expect(body.errors).toEqual([
      { pointer: '/evidence/a/0/constructor', detail: 'has a name that is not allowed' },
    ]);
  });

  it('stores a reason with half a surrogate pair in it', async () => {
    const { status, body } = await decide('"none"', String.raw`Ticket \ud83d 7`);
    expect([status, body.resolution?.reason]).toEqual([200, 'Ticket \uFFFD 7']);
  });

  it('stores every member with any name', async () => {
    const units = constantFrom('\0', '\ud800', '\udc00', '\uFFFD', 'a', '.', '/', '~');
    const evidence = dictionary(string({ unit: units, maxLength: 3 }), integer(), { minKeys: 1, maxKeys: 8 });
    await assert(
      asyncProperty(evidence, async (given) => {
        const { status, body } = await decide(JSON.stringify(given));
        const seen = body.evidence?.at(-1)?.seen ?? {};
        const numbers = (value: object) => (Object.values(value) as number[]).toSorted((a, b) => a - b);
        expect([status, numbers(seen)]).toEqual([200, numbers(given)]);
      }),
      { numRuns: 30 },
    );
  });
});
