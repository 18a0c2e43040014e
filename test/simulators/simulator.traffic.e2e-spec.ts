import { connect } from 'node:net';
import { startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import { type ReceivedCall, TrafficLog } from '../../src/simulators/simulator.traffic.js';
import { startSpidSimulator } from '../../src/simulators/spid/spid.simulator.js';
import { SimulatorControl } from '../support/vendors/simulator.control.js';
import { until } from '../support/until.js';
import {
  callsAtOnce,
  callsInAnyWindow,
  forgetTraffic,
  throttledCalls,
  trafficOf,
} from '../support/vendors/vendor.traffic.js';

const AUTHORIZATION = `Basic ${Buffer.from('aafbdfde226327dafc73:X').toString('base64')}`;

let import2: SimulatorControl;
beforeEach(async () => {
  import2 = new SimulatorControl(await startImport2Simulator({ port: 0, now: () => 1_000 }));
});
afterEach(() => import2.close());

const tools = (headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${import2.url}/api/v2.1/tools`, {
    headers: { authorization: AUTHORIZATION, ...headers },
    ...(signal ? { signal } : {}),
  });
const calls = () => trafficOf(import2.url);
const ended = async (count: number) => {
  await until('the calls end', async () => (await calls()).filter((each) => each.endedMs).length === count);
  return calls();
};

describe('GET /__traffic', () => {
  it('lists each call with its operation, status and times, refused ones included', async () => {
    const before = performance.timeOrigin + performance.now();
    await tools({ 'x-request-id': 'one' });
    await tools({ authorization: 'Basic bm9uZTpY' });
    await fetch(`${import2.url}/api/v2.1/nothing`, { headers: { authorization: AUTHORIZATION } });
    await fetch(`${import2.url}/elsewhere`);
    await import2.control('GET', '/__ledger');
    const after = performance.timeOrigin + performance.now();

    const all = await ended(4);
    expect(all.map(({ seq, operation, status, requestId }) => [seq, operation, status, requestId])).toEqual([
      [1, 'tools_list', 200, 'one'],
      [2, 'tools_list', 401, undefined],
      [3, null, 404, undefined],
      [4, null, 404, undefined],
    ]);
    const times = all.flatMap(({ atMs, endedMs }) => [atMs, endedMs ?? 0]);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    // Two processes' time origins may differ by a step of the wall clock, not within one.
    expect(times.every((ms) => ms >= before - 5 && ms <= after + 5)).toBe(true);
  });

  it('shows what the rate limit refuses', async () => {
    for (let sent = 0; sent < 12; sent += 1) await tools();
    const all = await ended(12);
    expect(throttledCalls(all)).toBe(2);
    expect(all.at(-1)).toMatchObject({ operation: 'tools_list', status: 429 });
  });

  it('counts calls in progress until their connection is closed', async () => {
    await import2.fault('tools_list', 'hang-after', 2);
    const given = new AbortController();
    const hanging = [tools({}, given.signal), tools({}, given.signal)].map((each) => each.catch(() => 'cut'));
    await until('both have arrived', async () => (await calls()).length === 2);
    await tools();
    given.abort();
    await Promise.all(hanging);
    await ended(3);
    await tools();

    const all = await ended(4);
    expect(all.map(({ inProgress }) => inProgress)).toEqual([1, 2, 3, 1]);
    expect(all.map(({ status }) => status)).toEqual([null, null, 200, 200]);
    expect(callsAtOnce(all)).toBe(3);
  });

  it('lists no call any more after DELETE', async () => {
    await tools();
    await forgetTraffic(import2.url);
    expect(await calls()).toEqual([]);
    await tools();
    expect(await ended(1)).toMatchObject([{ seq: 2, inProgress: 1 }]);
  });

  it('names the operations of SPiD and its token endpoint, also when the limit or a fault refuses', async () => {
    const spid = new SimulatorControl(await startSpidSimulator({ port: 0 }));
    try {
      const form = { grant_type: 'client_credentials', client_id: '4e8463569caf7ca019000007' };
      const issued = await fetch(`${spid.url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ ...form, client_secret: 'foobar' }),
      });
      const { access_token: token } = (await issued.json()) as { access_token: string };
      const read = () =>
        fetch(`${spid.url}/api/2/user/42/product/1337`, { headers: { authorization: `Bearer ${token}` } });
      await spid.control('PUT', '/__limits', { limit: 1, periodSeconds: 3_600 });
      await read();
      await read();
      await spid.control('PUT', '/__limits', { limit: 0, periodSeconds: 3_600 });
      await spid.fault('product_get', 'reset-before');
      await read().catch(() => undefined);

      await until('all end', async () =>
        (await trafficOf(spid.url)).every(({ endedMs }) => endedMs !== null),
      );
      const all = await trafficOf(spid.url);
      expect(all.map(({ operation, status }) => [operation, status])).toEqual([
        ['token', 200],
        ['product_get', 200],
        ['product_get', 420],
        ['product_get', null],
      ]);
      expect(throttledCalls(all)).toBe(1);
    } finally {
      await spid.close();
    }
  });

  it('ends a call whose client goes away before the response', async () => {
    await import2.fault('tools_list', 'latency', 1, 5_000);
    const socket = connect(Number(new URL(import2.url).port), '127.0.0.1');
    socket.write(`GET /api/v2.1/tools HTTP/1.1\r\nhost: x\r\nauthorization: ${AUTHORIZATION}\r\n\r\n`);
    await until('it has arrived', async () => (await calls()).length === 1);
    socket.destroy();
    expect(await ended(1)).toMatchObject([{ status: null }]);
  });
});

describe('the traffic log', () => {
  it('keeps a bounded number of calls and counts the others', () => {
    const log = new TrafficLog(20);
    const response = { once: () => response, headersSent: false, statusCode: 0 };
    for (let received = 0; received < 50; received += 1) {
      log.receive({ raw: {}, headers: {} } as never, response as never);
    }
    const { calls: kept, dropped } = log.shown;
    expect(kept.length).toBeLessThanOrEqual(20);
    expect(kept.length).toBeGreaterThanOrEqual(18);
    expect([kept.length + dropped, kept.at(-1)?.seq]).toEqual([50, 50]);
  });
});

describe('calls in any window', () => {
  const at = (...times: number[]) => times.map((atMs): ReceivedCall => ({ atMs }) as ReceivedCall);

  it('are counted over windows that begin at any time, their end excluded', () => {
    expect(callsInAnyWindow(at(), 1_000)).toBe(0);
    expect(callsInAnyWindow(at(0, 1_000, 2_000), 1_000)).toBe(1);
    expect(callsInAnyWindow(at(0, 999.9, 1_000), 1_000)).toBe(2);
    expect(callsInAnyWindow(at(900, 950, 1_050, 1_100, 2_500), 1_000)).toBe(4);
    // Arrival is not always in the order of the list.
    expect(callsInAnyWindow(at(5_000, 100, 5_100), 1_000)).toBe(2);
  });
});
