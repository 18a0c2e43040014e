import { type AnyOptions, methodOf } from '../../../clients/typescript/src/call.method.js';
import { checkedPath } from '../../../clients/typescript/src/call.parts.js';
import { CallSender } from '../../../clients/typescript/src/call.sender.js';
import { checkedOptions } from '../../../clients/typescript/src/client.options.js';
import { FakeSurroundings, html, KEY, lost, problem, success } from './fake.surroundings.js';

interface GeneratedOptions {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly headers: Record<string, string>;
}

/** As the generated client does it: a request to `fetch`, the body of its response, errors as they come. */
const generated = (method: string) => async (options: object) => {
  const { fetch, headers } = options as GeneratedOptions;
  const response = await fetch(new Request('http://gateway.test/v1', { method, headers }));
  return { data: await response.json() };
};

const CLIENT = { baseUrl: 'http://gateway.test', key: 'tg_test', tenant: 'north', attempts: 3 };

function called(gateway: FakeSurroundings, options: AnyOptions, [name, http] = ['handOutVoucher', 'POST']) {
  const checked = checkedOptions(CLIENT);
  const means = { sender: new CallSender(gateway), client: {}, checked, surroundings: gateway };
  return methodOf(name, generated(http), means)(options);
}

describe('a method of the client', () => {
  it('makes one key for all attempts of a write, and returns it', async () => {
    const replayed = success({ id: '7' }, { 'Idempotent-Replayed': 'true', 'X-Request-Id': 'theirs' });
    const gateway = new FakeSurroundings([lost('ECONNRESET'), replayed]);
    expect(await called(gateway, {})).toMatchObject({
      data: { id: '7' },
      status: 201,
      replayed: true,
      requestId: 'theirs',
      attempts: 2,
      idempotencyKey: 'id-1',
    });
    expect(gateway.headers('idempotency-key')).toEqual(['id-1', 'id-1']);
  });

  it.each([
    ['as an option', { idempotencyKey: KEY }],
    ['as a header', { headers: { 'idempotency-key': KEY } }],
  ])('keeps the key of the caller, %s', async (_, options) => {
    const gateway = new FakeSurroundings([success()]);
    expect(await called(gateway, options)).toMatchObject({ idempotencyKey: KEY, replayed: false });
    expect(gateway.headers('idempotency-key')).toEqual([KEY]);
  });

  it.each([
    ['getOperation', 'GET'],
    ['resolveOperation', 'POST'],
  ])('has no key for %s', async (...call) => {
    const gateway = new FakeSurroundings([success()]);
    expect(await called(gateway, {}, call)).toMatchObject({ idempotencyKey: undefined });
    expect(gateway.headers('idempotency-key')).toEqual([null]);
  });

  it('has the settings of the client, unless the call has its own', async () => {
    const gateway = new FakeSurroundings([html(503)]);
    await expect(called(gateway, {})).rejects.toMatchObject({ attempts: 3 });
    await expect(called(gateway, { tenant: 'south', deadlineMs: 1_000, attempts: 1 })).rejects.toMatchObject({
      attempts: 1,
    });
    expect(gateway.headers('tollgate-tenant')).toEqual(['north', 'north', 'north', 'south']);
    expect(gateway.headers('tollgate-deadline-ms').at(-1)).toBe('1000');
  });

  it('throws the error of the call, and refuses settings that cannot work', async () => {
    const soldOut = problem(409, 'voucher-unavailable', { outcome: 'not_executed' });
    await expect(called(new FakeSurroundings([soldOut]), {})).rejects.toMatchObject({ name: 'ProblemError' });
    const gateway = new FakeSurroundings([success()]);
    await expect(called(gateway, { deadlineMs: Number.NaN })).rejects.toThrow(/^deadlineMs: must be/);
    expect(gateway.requests).toEqual([]);
  });

  it.each([null, '', 'two words', 'ключ', 'k'.repeat(256), 12])(
    'refuses the key %p, for which no other is made',
    async (idempotencyKey) => {
      const gateway = new FakeSurroundings([success()]);
      await expect(called(gateway, { idempotencyKey } as AnyOptions)).rejects.toThrow(
        /^idempotencyKey: must be/,
      );
      expect(gateway.requests).toEqual([]);
    },
  );

  it('keeps the key in a Headers object', async () => {
    const gateway = new FakeSurroundings([success()]);
    const headers = new Headers({ 'Idempotency-Key': KEY, 'X-Request-Id': 'mine' });
    await called(gateway, { headers: headers as unknown as Record<string, unknown> });
    expect([gateway.headers('idempotency-key'), gateway.headers('x-request-id')]).toEqual([[KEY], ['mine']]);
  });

  it('gives the generated call nothing but the parts of a request', async () => {
    let given: object = {};
    const sent = (options: object) => {
      given = options;
      return generated('POST')(options);
    };
    const gateway = new FakeSurroundings([success()]);
    const means = {
      sender: new CallSender(gateway),
      client: {},
      checked: checkedOptions(CLIENT),
      surroundings: gateway,
    };
    await methodOf('handOutVoucher', sent, means)({ baseUrl: 'http://elsewhere.test' } as AnyOptions);
    expect(Object.keys(given)).not.toContain('baseUrl');
  });
});

describe('checkedPath', () => {
  const valueOf = (value: unknown) => (checkedPath({ id: value }) as { readonly id: unknown }).id;

  it.each(['42', 'a/b', '...', '%2e%2e', 'über', '🎫', 42])('accepts %p', (value) => {
    expect(valueOf(value)).toBe(value);
  });

  it.each(['', '.', '..', '\ud800', undefined, null, 1e21, Number.NaN, ['a'], {}])(
    'refuses %p, without its value',
    (value) => {
      expect(() => valueOf(value)).toThrow(
        new TypeError('path.id: must be a string that is not empty, "." or ".."'),
      );
    },
  );

  it('refuses a value of a path that is missing as a whole', () => {
    expect(() => (checkedPath() as { readonly id: unknown }).id).toThrow(/^path.id: /);
  });
});
