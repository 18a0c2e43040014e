import { randomUUID } from 'node:crypto';
import { READ_ONLY_KEY, startGateway, type CallResponse, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;
let log = '';

function importing(body: unknown): Promise<CallResponse> {
  return gateway.call('POST', '/v1/token-imports', { idempotencyKey: randomUUID(), body });
}

beforeAll(async () => {
  gateway = await startGateway({ log: { write: (line) => void (log += line) } });
});

afterEach(() => gateway.spid.clearFaults());

afterAll(() => gateway.close());

describe('GET /v1/token-names', () => {
  it('lists the token names', async () => {
    await importing({ tokenName: 'win back', tokens: ['first'] });
    const { status, body } = await gateway.call('GET', '/v1/token-names');
    expect({ status, body }).toEqual({ status: 200, body: { items: [{ name: 'win back' }] } });
  });
});

describe('POST /v1/token-imports', () => {
  it('SPiD F23: sends numbers and strings in one call and returns their number', async () => {
    const tokenName = 'newsletter';
    const before = await gateway.spid.effects('injectable_import');
    const { status, body } = await importing({ tokenName, tokens: [123, 'a "quoted" å', '1as'] });
    expect({ status, body }).toEqual({ status: 200, body: { tokenName, imported: 3 } });
    expect(await gateway.spid.effects('injectable_import')).toHaveLength(before.length + 1);
  });

  it('accepts the documented number and length of tokens', async () => {
    const tokens = Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(512, 'x'));
    const { status, body } = await importing({ tokenName: 'newsletter', tokens });
    expect({ status, imported: body.imported }).toEqual({ status: 200, imported: 1_000 });
  });

  it.each([
    ['no tokens', undefined],
    ['an empty list', []],
    ['more than 1,000', Array.from({ length: 1_001 }, () => 'canary')],
    ['a text', 'canary'],
    ['an object that looks like a list', { 0: 'canary', length: 1 }],
    ['an empty text', ['canary', '']],
    ['half of a surrogate pair', ['canary\ud800']],
    ['a text without end', ['canary'.repeat(100)]],
    ['a text in two lines', ['canary\n']],
    ['half a number', [1.5, 'canary']],
    ['a number that JSON cannot carry exactly', [2 ** 53]],
    ['null', [null, 'canary']],
    ['a flag', [true, 'canary']],
    ['a list in the list', [['canary']]],
  ])('refuses %s, quotes no value and sends nothing', async (_, tokens) => {
    const before = await gateway.spid.effects();
    const { status, body, text } = await importing({ tokenName: 'any', tokens });
    expect(status).toBe(400);
    expect(body).toMatchObject({ type: '/docs/problems/validation-failed', outcome: 'not_executed' });
    expect(body.errors).toMatchObject([{ pointer: '/tokens' }]);
    expect(text).not.toContain('canary');
    expect(log).not.toContain('canary');
    expect(await gateway.spid.effects()).toEqual(before);
  });

  it.each(['', 'x'.repeat(129), 7, null, undefined])('refuses the name %p', async (tokenName) => {
    const { status, body } = await importing({ tokenName, tokens: ['canary'] });
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ pointer: '/tokenName' }]);
  });

  it.each([' ', '\u00a0', '\u2028\ufeff', 'a\u0085b', '\u009f'])(
    'refuses the name %j, which would not be in the list of names',
    async (tokenName) => {
      const { status, body } = await importing({ tokenName, tokens: ['canary'] });
      expect(status).toBe(400);
      const detail = 'must not be blank, nor contain control characters';
      expect(body.errors).toEqual([{ pointer: '/tokenName', detail }]);
      expect((await gateway.call('GET', '/v1/token-names')).status).toBe(200);
    },
  );

  it.each(['reset-after', 'garbled', 'status-500'])(
    'SPiD F17: reports an unknown outcome after %s, without a retry',
    async (kind) => {
      const tokenName = 'newsletter';
      const before = (await gateway.spid.effects('injectable_import')).length;
      await gateway.spid.fault('injectable_import', kind);
      const { status, body } = await importing({ tokenName, tokens: ['canary'] });
      expect({ status, outcome: body.outcome }).toEqual({ status: 504, outcome: 'unknown' });
      const after = (await gateway.spid.effects('injectable_import')).length;
      expect(after - before).toBe(kind === 'status-500' ? 0 : 1);
      expect(log).not.toContain('canary');
    },
  );

  it('returns 403 to a caller with a read scope only', async () => {
    const { status } = await gateway.call('POST', '/v1/token-imports', {
      key: READ_ONLY_KEY,
      idempotencyKey: randomUUID(),
      body: { tokenName: 'any', tokens: [1] },
    });
    expect(status).toBe(403);
  });
});
