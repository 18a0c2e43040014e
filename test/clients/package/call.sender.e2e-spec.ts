import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import type { AttemptReport } from '../../../clients/typescript/src/client.options.js';
import { FakeSurroundings, html, KEY, lost, OPERATION, problem, read, success } from './fake.surroundings.js';

const NOT_EXECUTED = { outcome: 'not_executed' };
const throttled = (retryAfterSeconds: number) =>
  problem(503, 'upstream-throttled', { ...NOT_EXECUTED, operationId: OPERATION, retryAfterSeconds });
const limited = () => problem(429, 'rate-limited', { ...NOT_EXECUTED, retryAfterSeconds: 1 });
const unknown = (outcome = 'unknown') => problem(504, 'outcome-unknown', { outcome, operationId: OPERATION });
const tooLate = () =>
  problem(400, 'validation-failed', {
    ...NOT_EXECUTED,
    errors: [{ pointer: '/headers/Tollgate-Deadline-Ms', detail: 'must be at least 6000 for this write' }],
  });

describe('the attempts of a write', () => {
  it('have one key and the same bytes, and request ids of their own', async () => {
    const gateway = new FakeSurroundings([throttled(2), lost('ECONNRESET'), html(502), success()]);
    const { attempts, requestId, response } = await gateway.send();
    expect([attempts, requestId, await response.json()]).toEqual([4, 'id-4', { id: '1' }]);
    expect(gateway.headers('idempotency-key')).toEqual([KEY, KEY, KEY, KEY]);
    expect(gateway.bodies).toEqual(Array(4).fill('{"userId":"42"}'));
    expect(gateway.headers('x-request-id')).toEqual(['id-1', 'id-2', 'id-3', 'id-4']);
    expect(gateway.headers('authorization')).toEqual(Array(4).fill('Bearer tg_test'));
  });

  it.each(['unknown', 'word_of_tomorrow'])(
    'end with the outcome %s, which carries the operation',
    async (outcome) => {
      const gateway = new FakeSurroundings([unknown(outcome), success()]);
      expect(await gateway.failed()).toMatchObject({
        name: 'OutcomeUnknownError',
        outcome: 'unknown',
        code: 'outcome-unknown',
        status: 504,
        operationId: OPERATION,
        idempotencyKey: KEY,
        requestIds: ['id-1'],
      });
      expect(gateway.requests).toHaveLength(1);
    },
  );

  it('end once it was executed', async () => {
    const gateway = new FakeSurroundings([
      problem(410, 'answer-lost', { outcome: 'executed', operationId: OPERATION }),
    ]);
    expect(await gateway.failed()).toMatchObject({
      name: 'ExecutedError',
      outcome: 'executed',
      operationId: OPERATION,
    });
    expect(gateway.requests).toHaveLength(1);
  });

  it('wait for a first attempt that still runs', async () => {
    const running = problem(409, 'operation-in-progress', { outcome: 'unknown', retryAfterSeconds: 1 });
    const gateway = new FakeSurroundings([
      lost('ECONNRESET'),
      running,
      success({}, { 'Idempotent-Replayed': 'true' }),
    ]);
    const { response } = await gateway.send();
    expect(response.headers.get('idempotent-replayed')).toBe('true');
  });

  it('have the key that is valid by then, without the line end of its file', async () => {
    const keys = ['tg_old\n', 'tg_new\n'];
    const gateway = new FakeSurroundings([limited(), success()]);
    await gateway.send({ key: () => Promise.resolve(keys.shift() ?? '') });
    expect(gateway.headers('authorization')).toEqual(['Bearer tg_old', 'Bearer tg_new']);
  });

  it('have request ids that begin with the one of the caller', async () => {
    const gateway = new FakeSurroundings([limited(), success()]);
    const headers = { 'X-Request-Id': 'mine' };
    await gateway.send({ request: new Request('http://gateway.test/v1', { method: 'POST', headers }) });
    expect(gateway.headers('x-request-id')).toEqual(['mine', 'mine.2']);
  });

  it('have request ids of at most 128 characters, which the gateway reads', async () => {
    const gateway = new FakeSurroundings([limited(), success()]);
    const headers = { 'X-Request-Id': 'm'.repeat(127) };
    await gateway.send({ request: new Request('http://gateway.test/v1', { method: 'POST', headers }) });
    expect(gateway.headers('x-request-id')).toEqual(['m'.repeat(127), `${'m'.repeat(126)}.2`]);
  });
});

describe('the report of an attempt', () => {
  it('has what to log, for each attempt', async () => {
    const gateway = new FakeSurroundings([throttled(4), lost('ECONNREFUSED'), success()]);
    const reports: AttemptReport[] = [];
    await gateway.send({ onAttempt: (report) => reports.push(report) });
    expect(reports).toEqual([
      {
        call: 'handOutVoucher',
        attempt: 1,
        requestId: 'id-1',
        idempotencyKey: KEY,
        status: 503,
        code: 'upstream-throttled',
        outcome: 'not_executed',
        operationId: OPERATION,
        durationMs: 0,
      },
      expect.objectContaining({ attempt: 2, status: undefined, code: undefined }),
      expect.objectContaining({ attempt: 3, requestId: 'id-3', status: 201 }),
    ]);
  });

  it('does not change the result by an error of its own', async () => {
    const onAttempt = () => {
      throw new Error('the disk of the log is full');
    };
    expect(await new FakeSurroundings([success()]).send({ onAttempt })).toMatchObject({ attempts: 1 });
  });
});

describe('the pauses of a call', () => {
  it('are as long as the gateway asks for, and a random part more', async () => {
    const gateway = new FakeSurroundings([throttled(4), throttled(6), success()]);
    await gateway.send();
    expect(gateway.times).toEqual([0, 6_000, 15_000]);
  });

  it('are a random part of 1 s, doubled each time, where the gateway names no time', async () => {
    const gateway = new FakeSurroundings([problem(500, 'internal-error', NOT_EXECUTED)]);
    await gateway.failed();
    expect(gateway.times).toEqual([0, 500, 1_500, 3_500]);
  });

  it('are left out for the first connection that was closed', async () => {
    const gateway = new FakeSurroundings([lost('UND_ERR_SOCKET'), lost('UND_ERR_SOCKET'), success()]);
    await gateway.send();
    expect(gateway.times).toEqual([0, 0, 1_000]);
  });

  it('are not begun where they are longer than the rest of the deadline', async () => {
    const gateway = new FakeSurroundings([throttled(3_600), success()]);
    expect(await gateway.failed()).toMatchObject({
      name: 'RetryLaterError',
      retryAfterSeconds: 3_600,
      outcome: 'not_executed',
    });
    expect([gateway.now(), gateway.requests.length]).toEqual([0, 1]);
  });
});

describe('the deadline of a call', () => {
  it('is sent with the first attempt, and what is left of it with the next ones', async () => {
    const gateway = new FakeSurroundings([throttled(4), success()]);
    await gateway.send({ deadlineMs: 20_000 });
    expect(gateway.headers('tollgate-deadline-ms')).toEqual(['20000', '14000']);
  });

  it('is sent as the longest that the gateway accepts', async () => {
    const gateway = new FakeSurroundings([success()]);
    await gateway.send({ deadlineMs: 600_000 });
    expect(gateway.headers('tollgate-deadline-ms')).toEqual(['120000']);
  });

  it('leaves the outcome of a write unknown that had no response', async () => {
    const gateway = new FakeSurroundings(['hang']);
    const error = await gateway.failed({ deadlineMs: 20_000 });
    expect(error).toMatchObject({ name: 'OutcomeUnknownError', idempotencyKey: KEY, operationId: undefined });
    expect(error).toMatchObject({ cause: { name: 'TimeoutError' } });
    expect([gateway.now(), gateway.requests.length]).toEqual([21_000, 1]);
  });

  it('ends a read that had no response', async () => {
    const gateway = new FakeSurroundings(['hang']);
    expect(await gateway.failed(read())).toMatchObject({ name: 'ConnectionError', requestIds: ['id-1'] });
  });

  it('is reported as the failure before, when it leaves too little for another attempt', async () => {
    const gateway = new FakeSurroundings([throttled(2), tooLate()]);
    expect(await gateway.failed()).toMatchObject({
      name: 'RetryLaterError',
      code: 'upstream-throttled',
      attempts: 2,
    });
  });

  it('is reported as invalid, when it is too short for the first attempt', async () => {
    const gateway = new FakeSurroundings([tooLate()]);
    expect(await gateway.failed({ deadlineMs: 10 })).toMatchObject({
      name: 'ProblemError',
      code: 'validation-failed',
    });
  });
});

describe('a write with an attempt that may have been executed', () => {
  it.each([
    ['a limit', [limited()]],
    ['a refusal of its key', [problem(401, 'unauthenticated', NOT_EXECUTED)]],
    ['its deadline', [tooLate()]],
    ['a connection that is refused', [lost('ECONNREFUSED')]],
    ['a page of a balancer', [html(403)]],
  ])('keeps its unknown outcome after %s', async (_, later) => {
    const gateway = new FakeSurroundings([lost('ECONNRESET'), ...later]);
    expect(await gateway.failed()).toMatchObject({ name: 'OutcomeUnknownError', idempotencyKey: KEY });
  });

  it('was not executed, when the gateway finds so by its key', async () => {
    const soldOut = problem(409, 'voucher-unavailable', { ...NOT_EXECUTED, operationId: OPERATION });
    const gateway = new FakeSurroundings([html(504), soldOut]);
    expect(await gateway.failed()).toMatchObject({
      name: 'ProblemError',
      code: 'voucher-unavailable',
      outcome: 'not_executed',
      message: 'handOutVoucher: voucher-unavailable: d (status 409, request id-2, attempt 2)',
    });
  });

  it('names the operation that an earlier attempt has named', async () => {
    const running = problem(409, 'operation-in-progress', {
      outcome: 'unknown',
      operationId: OPERATION,
      retryAfterSeconds: 1,
    });
    const gateway = new FakeSurroundings([running, limited()]);
    expect(await gateway.failed()).toMatchObject({ name: 'OutcomeUnknownError', operationId: OPERATION });
  });
});

describe('a call that cannot reach the gateway', () => {
  it('was not executed, when no byte was sent', async () => {
    const gateway = new FakeSurroundings([lost('ECONNREFUSED')]);
    expect(await gateway.failed()).toMatchObject({
      name: 'ConnectionError',
      outcome: 'not_executed',
      attempts: 4,
    });
  });

  it.each([301, 404, 413])('ends with the response %s of something else', async (status) => {
    const gateway = new FakeSurroundings([html(status)]);
    expect(await gateway.failed()).toMatchObject({
      name: 'ConnectionError',
      status,
      outcome: undefined,
      attempts: 1,
    });
    expect(gateway.requests[0]?.redirect).toBe('manual');
  });

  it('ends after all attempts with the page of a balancer: a read as failed, a write as unknown', async () => {
    const reading = new FakeSurroundings([html(502)]);
    expect(await reading.failed(read())).toMatchObject({ name: 'ConnectionError', status: 502, attempts: 4 });
    const writing = new FakeSurroundings([html(502)]);
    expect(await writing.failed()).toMatchObject({ name: 'OutcomeUnknownError', status: 502, attempts: 4 });
  });

  it.each([
    ['a page in place of JSON', html(200)],
    ['half of its JSON', new Response('{"id":', { headers: { 'content-type': 'application/json' } })],
  ])('is repeated after %s', async (_, reply) => {
    const gateway = new FakeSurroundings([reply, success()]);
    expect(await gateway.send()).toMatchObject({ attempts: 2 });
  });

  it.each(['', 'tg_sec\nret', undefined])(
    'ends at once for the malformed key %j, which its error has not',
    async (key) => {
      const gateway = new FakeSurroundings([success()]);
      const error = await gateway.failed({ key: () => key as string });
      expect(error).toEqual(new TypeError('key: must be visible ASCII characters, at least one'));
      expect(inspect(error, { depth: 9 })).not.toMatch(/tg_sec/);
      expect(gateway.requests).toHaveLength(0);
    },
  );

  it('is unknown where its first attempt was lost and its key is malformed since', async () => {
    const gateway = new FakeSurroundings([lost('ECONNRESET'), success()]);
    const keys = ['tg_test', ''];
    const error = await gateway.failed({ key: () => keys.shift() ?? '' });
    expect(error).toMatchObject({ name: 'OutcomeUnknownError', idempotencyKey: KEY });
    expect(gateway.requests).toHaveLength(1);
  });
});

describe('a write without a key', () => {
  const keyless = { name: 'resolveOperation', protection: 'none', idempotencyKey: undefined } as const;

  it.each([
    ['no response', lost('ECONNRESET'), 'OutcomeUnknownError'],
    ['a page of a balancer', html(503), 'OutcomeUnknownError'],
    [
      'a decision that exists',
      problem(409, 'operation-already-decided', { outcome: 'executed' }),
      'ProblemError',
    ],
    [
      'a decision that may be recorded',
      problem(503, 'ledger-unavailable', { outcome: 'unknown' }),
      'ProblemError',
    ],
  ])('is not repeated after %s', async (_, reply, name) => {
    const gateway = new FakeSurroundings([reply, success()]);
    expect(await gateway.failed(keyless)).toMatchObject({ name, attempts: 1 });
    expect(gateway.headers('idempotency-key')).toEqual([null]);
  });

  it('is repeated where nothing was begun', async () => {
    const gateway = new FakeSurroundings([limited(), lost('ECONNREFUSED'), success()]);
    expect(await gateway.send(keyless)).toMatchObject({ attempts: 3 });
  });
});

describe('the signal of a caller', () => {
  const aborting = new Error('the user left');

  function abortable(gateway: FakeSurroundings, at: number) {
    const controller = new AbortController();
    gateway.onRequest = (count) => count === at && controller.abort(aborting);
    return controller.signal;
  }

  it('ends a call before anything is sent', async () => {
    const gateway = new FakeSurroundings([success()]);
    const error = await gateway.failed({ signal: AbortSignal.abort(aborting) });
    expect(error).toMatchObject({
      name: 'AbortError',
      outcome: 'not_executed',
      cause: aborting,
      attempts: 0,
    });
    expect(gateway.requests).toEqual([]);
  });

  it('leaves the outcome of a write unknown that was sent', async () => {
    const gateway = new FakeSurroundings(['hang']);
    const error = await gateway.failed({ signal: abortable(gateway, 1) });
    expect(error).toMatchObject({ name: 'OutcomeUnknownError', cause: aborting, idempotencyKey: KEY });
    expect(gateway.now()).toBe(0);
  });

  it('ends a read', async () => {
    const gateway = new FakeSurroundings(['hang']);
    const signal = abortable(gateway, 1);
    expect(await gateway.failed({ ...read(), signal })).toMatchObject({
      name: 'AbortError',
      cause: aborting,
    });
  });

  it('ends a pause', async () => {
    const gateway = new FakeSurroundings([throttled(30), success()]);
    const controller = new AbortController();
    gateway.onRequest = () => gateway.after(10, () => controller.abort(aborting));
    const error = await gateway.failed({ signal: controller.signal });
    expect(error).toMatchObject({ name: 'AbortError', outcome: 'not_executed', cause: aborting });
    expect([gateway.now(), gateway.requests.length]).toEqual([10, 1]);
  });

  it('has no listener and the clock no timer after a call', async () => {
    const { signal } = new AbortController();
    const gateway = new FakeSurroundings([throttled(1), success()]);
    await gateway.send({ signal });
    expect([getEventListeners(signal, 'abort'), gateway.timers]).toEqual([[], 0]);
  });
});
