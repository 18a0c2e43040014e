import { startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import { until } from '../support/until.js';
import { SimulatorControl } from '../support/vendors/simulator.control.js';
import { SpidCaller } from './spid.caller.js';

const MINUTE_MS = 60_000;

describe('PUT /__clock of the SPiD simulator', () => {
  let spid: SpidCaller;
  beforeEach(async () => {
    spid = await SpidCaller.start();
  });
  afterEach(() => spid.close());

  const move = async (body: object) => (await spid.control('PUT', '/__clock', body)).status;
  const late = async () =>
    (await spid.control('GET', '/__faults')).body as { late: number; heldBack: number };

  /** A handout that is delayed until the simulator's clock has advanced by `ms`. */
  async function handOutLate(ms: number, userId = '42'): Promise<{ responded: Promise<unknown> }> {
    const { late: before } = await late();
    await spid.control('POST', '/__faults', {
      operation: 'voucher_handout',
      kind: 'execute-late',
      times: 1,
      ms,
    });
    const responded = spid.post('/voucher_handout', { userId, voucherGroupId: '324673248' });
    responded.catch(() => undefined);
    await until('the call waits', async () => (await late()).late === before + 1);
    return { responded };
  }

  it('moves the time in responses', async () => {
    const status = async () => (await spid.get('/status')).body.data.currentTime as string;
    expect(await status()).toBe('2026-07-01 12:00:00');

    expect(await move({ advanceMs: 5 * MINUTE_MS })).toBe(200);
    expect(await move({ advanceMs: 3 * MINUTE_MS })).toBe(200);
    expect(await status()).toBe('2026-07-01 12:08:00');

    expect(await move({ offsetMs: -2 * MINUTE_MS })).toBe(200);
    expect(await status()).toBe('2026-07-01 11:58:00');
    expect((await spid.control('GET', '/__clock')).body).toEqual({
      now: '2026-07-01T09:58:00.000Z',
      offsetMs: -2 * MINUTE_MS,
      next: null,
    });
  });

  it('executes a delayed call at exactly its time, and responds to a waiting caller', async () => {
    const { responded } = await handOutLate(8 * MINUTE_MS);
    await move({ advanceMs: 8 * MINUTE_MS - 1 });
    expect(await spid.effects()).toEqual([]);
    expect(await late()).toMatchObject({ late: 1, heldBack: 0 });
    const { body } = await spid.control('GET', '/__clock');
    expect(body).toMatchObject({ next: '2026-07-01T10:08:00.000Z' });

    await move({ advanceMs: MINUTE_MS });
    expect(await spid.effects()).toMatchObject([{ at: '2026-07-01T10:08:00.000Z', userId: '42' }]);
    expect(await late()).toMatchObject({ late: 0 });
    expect(await responded).toMatchObject({ status: 200, body: { data: { success: true } } });
  });

  it('executes delayed calls in the order of their times', async () => {
    await handOutLate(3 * MINUTE_MS, '938029');
    await handOutLate(MINUTE_MS, '42');
    await handOutLate(2 * MINUTE_MS, '100003');
    await move({ offsetMs: 10 * MINUTE_MS });

    expect(await spid.effects()).toMatchObject([
      { userId: '42', at: '2026-07-01T10:01:00.000Z' },
      { userId: '100003', at: '2026-07-01T10:02:00.000Z' },
      { userId: '938029', at: '2026-07-01T10:03:00.000Z' },
    ]);
  });

  it('executes a delayed call whose caller has disconnected, also without a move of the clock', async () => {
    const given = new AbortController();
    await spid.control('POST', '/__faults', { operation: 'voucher_handout', kind: 'execute-late', times: 1 });
    const url = `/api/2/voucher_handout?oauth_token=${spid.token}`;
    const body = new URLSearchParams({ userId: '42', voucherGroupId: '324673248' });
    const gone = spid.raw('POST', url, { body, signal: given.signal });
    await until('the call waits', async () => (await late()).late === 1);
    given.abort();
    await expect(gone).rejects.toThrow(/abort/i);
    expect(await spid.effects()).toEqual([]);

    spid.clock += 8 * MINUTE_MS;
    await until('it is executed', async () => (await spid.effects()).length === 1);
  });

  it('keeps a delayed call when faults are removed', async () => {
    await handOutLate(MINUTE_MS);
    await spid.control('DELETE', '/__faults');
    await move({ advanceMs: MINUTE_MS });

    expect(await spid.effects()).toHaveLength(1);
  });

  it('expires tokens, but does not affect the rate limit', async () => {
    await spid.control('PUT', '/__limits', { limit: 1, periodSeconds: 60 });
    expect((await spid.get('/user/42/products')).status).toBe(200);
    await move({ advanceMs: 2 * MINUTE_MS });
    expect((await spid.get('/user/42/products')).status).toBe(420);

    await move({ advanceMs: 604_800_000 });
    expect((await spid.get('/user/42/products')).status).toBe(401);
  });

  it.each([
    [{}],
    [{ advanceMs: -1 }],
    [{ advanceMs: 2_592_000_001 }],
    [{ offsetMs: -2_592_000_001 }],
    [{ offsetMs: 0.5 }],
    [{ offsetMs: '60000' }],
    [{ advanceMs: 1, offsetMs: 1 }],
  ])('refuses %j', async (body) => {
    expect(await move(body)).toBe(400);
    expect((await spid.control('GET', '/__clock')).body).toMatchObject({ offsetMs: 0 });
  });
});

describe('the other controls of the SPiD simulator', () => {
  let spid: SpidCaller;
  beforeEach(async () => {
    spid = await SpidCaller.start();
  });
  afterEach(() => spid.close());

  it('creates users with a number and a UUID', async () => {
    const { status, body } = await spid.control('POST', '/__users');
    const { userId, uuid } = body as { userId: string; uuid: string };
    expect([status, userId, uuid]).toEqual([201, expect.stringMatching(/^\d+$/), expect.stringMatching(/-/)]);
    for (const id of [userId, uuid, uuid.toUpperCase()]) {
      expect((await spid.post(`/user/${id}/product/1337`)).status).toBe(200);
    }
    expect(await spid.effects('product_grant')).toMatchObject([{ userId }, { userId }, { userId }]);
  });

  it('applies a fault to the calls of one request only', async () => {
    const fault = { operation: 'product_grant', kind: 'status-500', times: 2, requestId: 'one.' };
    expect((await spid.control('POST', '/__faults', fault)).status).toBe(204);
    const grant = async (id: string) => {
      const headers = { authorization: `Bearer ${spid.token}`, 'x-request-id': id };
      return (await spid.raw('POST', '/api/2/user/42/product/10111', { headers })).status;
    };
    expect(await grant('two.1')).toBe(200);
    expect(await grant('one.1')).toBe(500);
    expect((await spid.post('/user/42/product/10111')).status).toBe(200);
    expect(await grant('one.2')).toBe(500);
    expect(await grant('one.3')).toBe(200);
    expect((await spid.control('POST', '/__faults', { ...fault, requestId: 'a b' })).status).toBe(400);
  });

  it('records the request id with an effect, if it is valid', async () => {
    const grant = (id: string) =>
      spid.raw('POST', '/api/2/user/42/product/10111', {
        headers: { authorization: `Bearer ${spid.token}`, 'x-request-id': id },
      });
    await Promise.all(['first', 'second'].map(grant));
    await grant('not sane');
    const ids = (await spid.effects()).map(({ requestId }) => requestId);
    expect(new Set(ids)).toEqual(new Set(['first', 'second', undefined]));
    expect(ids).toHaveLength(3);
  });
});

describe('PUT /__clock of the Import2 simulator', () => {
  it('executes a delayed creation when it is due, and advances migrations', async () => {
    const now = Date.UTC(2026, 0, 15);
    const started = await startImport2Simulator({ port: 0, stepMs: MINUTE_MS, now: () => now });
    const simulator = new SimulatorControl(started);
    try {
      await simulator.fault('imports_create', 'execute-late', 1, 8 * MINUTE_MS);
      const created = fetch(`${simulator.url}/api/v2.1/imports`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from('aafbdfde226327dafc73:X').toString('base64')}`,
          'content-type': 'application/json',
          'x-request-id': 'one',
        },
        body: JSON.stringify({ source_tool: 'wordpress', destination_username: 'late@demo.example' }),
      });
      const standing = () => simulator.control('GET', '/__faults') as Promise<{ late: number }>;
      await until('the call waits', async () => (await standing()).late === 1);
      await simulator.control('PUT', '/__clock', { advanceMs: 8 * MINUTE_MS });

      const { id } = (await (await created).json()) as { id: string };
      expect(await simulator.effects()).toMatchObject([
        { at: '2026-01-15T00:08:00.000Z', migrationId: id, requestId: 'one' },
      ]);
      await simulator.control('PUT', '/__clock', { advanceMs: MINUTE_MS });
      const advanced = await simulator.control('POST', `/__migrations/${id}/advance`);
      expect(advanced).toMatchObject({ status: 'Sample migration in progress' });
    } finally {
      await simulator.close();
    }
  });
});
