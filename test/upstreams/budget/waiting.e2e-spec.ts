import { once } from 'node:events';
import { request, type ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { FULL_ACCESS_KEY } from '../../support/gateway.js';
import { until } from '../../support/until.js';
import { containerOf, give, grant, ScriptedSpid } from '../spid.setup.js';
import {
  ACCESS,
  BudgetWorld,
  HANDOUT,
  HANDOUT_BODY,
  statuses,
  SUBSCRIPTIONS,
  times,
  working,
} from '../support/budget.world.js';

describe('calls that wait for a place', () => {
  let world: BudgetWorld;
  const opened: { close(): Promise<unknown> }[] = [];

  afterEach(async () => {
    // First, which ends what a test that failed has left at a vendor.
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await world.close();
  });

  async function start(options: Parameters<BudgetWorld['start']>[0] = {}): Promise<void> {
    world = new BudgetWorld();
    await world.start(options);
  }

  async function scripted(): Promise<ScriptedSpid> {
    const vendor = new ScriptedSpid();
    opened.push(vendor.upstream);
    working(vendor);
    return vendor;
  }

  /** Sends a request, and returns how its client hangs up; resolves when the gateway has seen it. */
  function leaving(method: string, path: string, idempotencyKey?: string): () => Promise<void> {
    const server = world.gateway.app.getHttpServer() as Server;
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const sent = request(world.gateway.url + path, {
      method,
      agent: false,
      headers: {
        authorization: `Bearer ${FULL_ACCESS_KEY}`,
        'tollgate-tenant': 'demo',
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey, 'content-type': 'application/json' }),
      },
    });
    sent.on('error', () => undefined);
    sent.end(idempotencyKey && JSON.stringify(HANDOUT_BODY));
    return async () => {
      const [socket] = await connected;
      sent.destroy();
      await once(socket, 'close');
    };
  }

  it('100 writes at once to a slow vendor: each is served or refused as not executed', async () => {
    // No call begins later than 1.5 s, when less than a whole attempt is left.
    await start({ spid: { timeouts: { attemptMs: 6_000, totalMs: 7_500 } } });
    await world.check();
    await world.gateway.spid.fault('voucher_handout', 'latency', 100, 500);
    const responses = await Promise.all(times(100, (index) => world.handOut(`handout-${index}`)));
    const served = responses.filter(({ status }) => status === 201);
    const refused = responses.filter(({ status }) => status !== 201);
    for (const { status, body } of refused) {
      expect([status, body.outcome]).toEqual([503, 'not_executed']);
      expect(body.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    }
    expect(await world.gateway.spid.effects('voucher_handout')).toHaveLength(served.length);
    expect(served.length).toBeGreaterThanOrEqual(10);
  });

  it('fast reads pass beside slow calls of another operation', async () => {
    const vendor = await scripted();
    // No call has ended by itself before the test ends.
    await start({ vendor, spid: { timeouts: { attemptMs: 200_000, totalMs: 250_000 } } });
    await world.check();
    const held: ServerResponse[] = [];
    vendor.script(({ url }, response) => {
      if (url.includes('/subscriptions')) held.push(response);
      else give(response, 200, containerOf(ACCESS));
    });
    let served = 0;
    const slow = times(200, async () => {
      const { status } = await world.call('GET', SUBSCRIPTIONS);
      if (status === 200) served += 1;
    });
    await until('slow calls are under way', () => held.length >= 16);
    const fast = [];
    for (let index = 0; index < 20; index += 1) fast.push(await world.check());
    expect(statuses(fast)).toEqual({ 200: 20 });
    // The slow calls are still at the vendor, or were refused.
    expect(served).toBe(0);
    vendor.respond(200, containerOf([]));
    for (const response of held) give(response, 200, containerOf([]));
    await Promise.all(slow);
    expect(served).toBeGreaterThanOrEqual(16);
  });

  it('a burst of one caller waits for a vendor without a rate that stands still for a moment', async () => {
    const vendor = await scripted();
    await start({ vendor });
    await world.check();
    const held: ServerResponse[] = [];
    vendor.script((_, response) => void held.push(response));
    const ended: number[] = [];
    const burst = times(200, async (index) => {
      ended.push((await world.call('GET', `/v1/users/${index + 1}/entitlements/1337`)).status);
    });
    await until('all others wait', async () => {
      expect(ended).toEqual([]);
      const response = await fetch(`${world.gateway.url}/metrics`, {
        headers: { authorization: `Bearer ${FULL_ACCESS_KEY}` },
      });
      const waiting = /^tollgate_budget_waiting_calls\{.*interactive.* (\d+)$/m.exec(await response.text());
      return Number(waiting?.[1]) === 200 - held.length;
    });
    working(vendor);
    for (const response of held) give(response, 200, containerOf(ACCESS));
    await Promise.all(burst);
    expect(ended).toEqual(times(200, () => 200));
  });

  it('a caller that hangs up frees its place in the queue, and its write was not executed', async () => {
    const vendor = await scripted();
    await start({ vendor, spid: { budget: { concurrency: 1 } } });
    await world.check();
    const held: ServerResponse[] = [];
    vendor.script((_, response) => void held.push(response));
    const before = vendor.apiCalls.length;
    const first = world.check();
    await until('the first call is at the vendor', () => held.length === 1);
    const hangUp = leaving('POST', HANDOUT, 'abandoned');
    await until('the write is recorded', async () => {
      const { body } = await world.call('GET', '/v1/operations?state=running');
      return body.items.length === 1;
    });
    await hangUp();
    await until('the write is released', async () => {
      const { body } = await world.call('GET', '/v1/operations?state=released');
      return body.items.length === 1;
    });
    working(vendor);
    give(held[0]!, 200, containerOf(ACCESS));
    expect((await first).status).toBe(200);
    expect((await world.check()).status).toBe(200);
    expect(vendor.apiCalls.length - before).toBe(2);
    expect(vendor.apiCalls.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(world.logged({ level: 'error' })).toEqual([]);
  });

  it('the fetch of a token goes on when the request that needed it first has no more time', async () => {
    const vendor = await scripted();
    await start({ vendor });
    const held: ServerResponse[] = [];
    vendor.token = (_, response) => void held.push(response);
    const hasty = world.check('demo', { 'tollgate-deadline-ms': '300' });
    await until('the token is requested', () => held.length === 1);
    const other = world.check();
    expect((await hasty).status).toBe(503);
    give(held[0]!, 200, grant('token'));
    expect((await other).status).toBe(200);
    expect(vendor.tokenCalls).toHaveLength(1);
  });

  it('a call that was sent goes on when its caller hangs up', async () => {
    const vendor = await scripted();
    await start({ vendor });
    await world.check();
    const held: ServerResponse[] = [];
    vendor.script((_, response) => void held.push(response));
    const hangUp = leaving('POST', HANDOUT, 'sent');
    await until('the write is at the vendor', () => held.length === 1);
    await hangUp();
    give(held[0]!, 200, containerOf({ success: true }));
    await until('the write succeeded', async () => {
      const { body } = await world.call('GET', '/v1/operations?state=succeeded');
      return body.items.length === 1;
    });
  });

  it('fetches of tokens, reads and probes count for one rate of all tenants, which responses show', async () => {
    await start({ spid: { budget: { requests: 6, perSeconds: 600 } } });
    const first = await world.check();
    expect(first.headers.get('ratelimit-policy')).toContain('"spid";q=6;w=600');
    const left = async (tenant: string) => {
      const { headers } = await world.check(tenant);
      return /"spid";r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
    };
    // A token and a check of each tenant.
    expect(await left('other')).toBe('2');
    expect(await left('demo')).toBe('1');
    expect((await world.check('other')).status).toBe(200);
    const refused = await world.check('demo');
    expect(refused.status).toBe(503);
    expect(refused.body.retryAfterSeconds).toBeGreaterThan(1);
  });

  it(`a burst at Import2 never meets its limit`, async () => {
    const limited = await startLimitedImport2(40);
    await start({
      import2: { baseUrl: `${limited.url}/api/v2.1`, budget: { requests: 40, perSeconds: 1 } },
    });
    const responses = await Promise.all(
      times(100, (index) =>
        world.call('GET', '/v1/migration-tools', { tenant: index % 2 ? 'demo' : 'other' }),
      ),
    );
    const { 200: served = 0, 503: refused = 0 } = statuses(responses);
    expect(served + refused).toBe(100);
    // More than the first second's.
    expect(served).toBeGreaterThan(40);
    const metrics = (await world.call('GET', '/metrics')).text;
    expect(metrics).toMatch(/upstream_call_duration_seconds_count\{[^}]*tools_list[^}]*success/);
    expect(metrics).not.toMatch(/upstream_call_duration_seconds_count\{[^}]*throttled/);
  });

  async function startLimitedImport2(requestsPerSecond: number) {
    const { startImport2Simulator } = await import('../../../src/simulators/import2/import2.simulator.js');
    const simulator = await startImport2Simulator({ port: 0, requestsPerSecond });
    opened.push({ close: () => simulator.close() });
    return simulator;
  }
});
