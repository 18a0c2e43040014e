import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { FakeSurroundings, html, KEY, lost, OPERATION, problem, read, success } from './fake.surroundings.js';

const never = () => new Promise<never>(() => {});
const limited = () => problem(429, 'rate-limited', { outcome: 'not_executed', retryAfterSeconds: 1 });

/** A gateway whose first request is handled by `fetch`. */
function handledBy(fetch: (request: Request) => Promise<Response>) {
  return Object.assign(new FakeSurroundings([]), { fetch });
}

describe('a call that is kept waiting', () => {
  it('ends when the key does not come, and was not executed', async () => {
    const gateway = new FakeSurroundings([success()]);
    const error = await gateway.failed({ key: never, deadlineMs: 20_000 });
    expect(error).toMatchObject({ name: 'ConnectionError', outcome: 'not_executed', idempotencyKey: KEY });
    expect([gateway.now(), gateway.requests.length]).toEqual([21_000, 0]);
  });

  it('is aborted while the key does not come, and was not executed', async () => {
    const controller = new AbortController();
    const key = () => {
      controller.abort();
      return never();
    };
    const error = await new FakeSurroundings([success()]).failed({ key, signal: controller.signal });
    expect(error).toMatchObject({ name: 'AbortError', outcome: 'not_executed' });
  });

  it.each([
    ['a fetch that ignores its signal', never],
    ['a body that never ends', () => Promise.resolve(new Response(new ReadableStream()))],
  ])('ends at its deadline with %s', async (_, fetch) => {
    const gateway = handledBy(fetch);
    expect(await gateway.failed({ deadlineMs: 20_000 })).toMatchObject({
      name: 'OutcomeUnknownError',
      cause: { name: 'TimeoutError' },
    });
    expect(gateway.now()).toBe(21_000);
  });

  it('leaves the gateway only the time that the key has left', async () => {
    const gateway = new FakeSurroundings([success()]);
    const key = () => new Promise<string>((resolve) => gateway.after(5_000, () => resolve('tg_test')));
    await gateway.send({ key, deadlineMs: 20_000 });
    expect(gateway.headers('tollgate-deadline-ms')).toEqual(['15000']);
  });

  it('sends nothing more after a pause that ended behind its deadline', async () => {
    const gateway = new FakeSurroundings([limited(), success()]);
    const { after } = gateway;
    const late = Object.assign(gateway, {
      after: (ms: number, run: () => void) => after(ms * 100, run),
    });
    expect(await late.failed({ deadlineMs: 20_000 })).toMatchObject({
      name: 'RetryLaterError',
      outcome: 'not_executed',
    });
    expect(gateway.requests).toHaveLength(1);
  });
});

describe('the outcome of a write', () => {
  it('is unknown when it is aborted for a connection of something else that was refused', async () => {
    const controller = new AbortController();
    const gateway = new FakeSurroundings(['hang']);
    gateway.onRequest = () => controller.abort(lost('ECONNREFUSED'));
    expect(await gateway.failed({ signal: controller.signal })).toMatchObject({
      name: 'OutcomeUnknownError',
      idempotencyKey: KEY,
    });
  });

  it('stays unknown when an operation is null, and errors have another form', async () => {
    const foreign = problem(400, 'x', { outcome: 'not_executed', operationId: null, errors: 'y' });
    const gateway = new FakeSurroundings([lost('ECONNRESET'), foreign]);
    expect(await gateway.failed()).toMatchObject({ name: 'OutcomeUnknownError', errors: [] });
  });

  it.each([[[null, 'x', { pointer: '/a', detail: 'd' }]], [{ a: ['d'] }]])(
    'is known with errors of the form %j',
    async (errors) => {
      const reply = problem(400, 'x', { outcome: 'not_executed', operationId: OPERATION, errors });
      const expected = Array.isArray(errors) ? [{ pointer: '/a', detail: 'd' }] : [];
      expect(await new FakeSurroundings([reply]).failed()).toMatchObject({
        name: 'ProblemError',
        errors: expected,
      });
    },
  );

  it('is not changed by a report that is rejected later', async () => {
    const rejected: unknown[] = [];
    const note = (reason: unknown) => void rejected.push(reason);
    process.on('unhandledRejection', note);
    try {
      const onAttempt = () => Promise.reject(new Error('the log is full'));
      await new FakeSurroundings([success()]).send({ onAttempt });
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(rejected).toEqual([]);
  });
});

describe('an error that is logged', () => {
  const voucher = () => ({ ...read(), request: new Request('http://gateway.test/v1/vouchers/SECRET-CODE') });
  const logged = (error: unknown) => inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error);

  it('has no request, key or path that the fetch of the service puts into its error', async () => {
    const gateway = handledBy((request) => {
      const cause = Object.assign(new Error(`bad: ${request.url}`), { code: 'ECONNRESET', request });
      const message = `${request.method} /v1/vouchers/SECRET-CODE ${request.headers.get('authorization')}`;
      return Promise.reject(Object.assign(new TypeError(message, { cause }), { config: request }));
    });
    const error = await gateway.failed({ ...voucher(), attemptsMax: 1 });
    expect(error).toMatchObject({ cause: { name: 'TypeError', cause: { code: 'ECONNRESET' } } });
    expect(logged(error)).not.toMatch(/SECRET-CODE|tg_test/);
  });

  it('has no path of a redirect', async () => {
    const redirect = html(301);
    redirect.headers.set('Location', 'https://gateway.test/v1/vouchers/SECRET-CODE');
    const error = await new FakeSurroundings([redirect]).failed(voucher());
    expect(error).toMatchObject({ name: 'ConnectionError', status: 301 });
    expect(logged(error)).not.toMatch(/SECRET-CODE/);
  });

  it('ends where its causes are a circle', async () => {
    const circle = new Error('one');
    circle.cause = circle;
    expect(await new FakeSurroundings([circle]).failed()).toMatchObject({ name: 'OutcomeUnknownError' });
  });
});

describe('a signal that many calls share', () => {
  it('has one listener of all of them, which ends each, and none afterwards', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const gateways = Array.from({ length: 20 }, () => new FakeSurroundings(['hang']));
    const counts: number[] = [];
    for (const gateway of gateways) {
      gateway.onRequest = () => {
        counts.push(getEventListeners(signal, 'abort').length);
        if (counts.length === 20) controller.abort();
      };
    }
    const errors = await Promise.all(gateways.map((gateway) => gateway.failed({ ...read(), signal })));
    expect(errors).toEqual(Array(20).fill(expect.objectContaining({ name: 'AbortError' })));
    expect([new Set(counts), getEventListeners(signal, 'abort')]).toEqual([new Set([1]), []]);
  });
});
