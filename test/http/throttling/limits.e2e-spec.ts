import { request } from 'node:http';
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { CallerLimit, ScopeLimit } from '../../../src/config/settings/access.settings.js';
import type { Settings } from '../../../src/config/settings/settings.js';
import { type CallResponse, FULL_ACCESS_KEY, startGateway, type TestGateway } from '../../support/gateway.js';
import { until } from '../../support/until.js';
import { HeldVendor } from '../../support/vendors/held.vendor.js';

const HOUR = 3_600;
const CHECK = '/v1/users/42/entitlements/1337';
/** Calls no vendor. */
const QUICK = '/v1/operations';

function withLimits(limit: CallerLimit, scopeLimits: readonly ScopeLimit[] = []) {
  return ({ callers: [full, ...others], ...demo }: Settings): Settings => {
    return { ...demo, callers: [{ ...full!, limit, scopeLimits }, ...others] };
  };
}

const remainingOf = ({ headers }: CallResponse) => headers.get('ratelimit')?.replaceAll(/;t=\d+/g, '');

describe('limits of a caller', () => {
  let gateway: TestGateway;
  let vendor: HeldVendor;

  afterEach(async () => {
    await gateway.close();
    await vendor.close();
  });

  const start = async (limit: CallerLimit, scopeLimits?: readonly ScopeLimit[]) => {
    vendor = await HeldVendor.start();
    gateway = await startGateway({ settings: vendor.inFrontOf('spid', withLimits(limit, scopeLimits)) });
  };

  it('bind a group of scopes beside the caller, and a refusal takes nothing of either', async () => {
    const handouts = {
      name: 'handouts',
      scopes: new Set(['vouchers:handout', 'vouchers:draw'] as const),
      limit: { requests: 2, perSeconds: HOUR, burst: 1, concurrent: 5 },
    };
    await start({ requests: 50, perSeconds: HOUR }, [handouts]);
    const handOut = (key: string) =>
      gateway.call('POST', '/v1/voucher-handouts', {
        idempotencyKey: key,
        body: { userId: '42', voucherGroupId: '324673248' },
      });
    const policy =
      '"caller";q=50;w=3600, "handouts";q=2;w=3600;tollgate-burst=1, ' +
      '"handouts-concurrent";q=5;qu="concurrent-requests"';
    for (const [left, r] of [
      [49, 2],
      [48, 1],
      [47, 0],
    ]) {
      const made = await handOut(`key-${left}`);
      expect(made.status).toBe(201);
      expect(made.headers.get('ratelimit-policy')).toBe(policy);
      expect(remainingOf(made)).toBe(`"caller";r=${left}, "handouts";r=${r}, "handouts-concurrent";r=4`);
    }
    const refused = await handOut('key-4');
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ outcome: 'not_executed', violatedPolicies: ['handouts'] });
    expect(refused.body.retryAfterSeconds).toBe(Number(refused.headers.get('retry-after')));
    expect(refused.body.retryAfterSeconds).toBeGreaterThan(HOUR - 100);
    expect(refused.headers.get('ratelimit-policy')).toBe(policy);
    expect(remainingOf(refused)).toBe('"caller";r=47, "handouts";r=0, "handouts-concurrent";r=4');
    // Another scope, and a repeat of a key is a request like others.
    expect(remainingOf(await gateway.call('GET', CHECK))).toBe('"caller";r=46');
    expect(remainingOf(await handOut('key-49'))).toBe(
      '"caller";r=46, "handouts";r=0, "handouts-concurrent";r=4',
    );
  });

  it('admit no more requests at one time than may be in progress', async () => {
    await start({ requests: 1_000, perSeconds: HOUR, concurrent: 2 });
    vendor.hold();
    const admitted = [gateway.call('GET', CHECK), gateway.call('GET', CHECK)];
    await vendor.arrived(2);
    const others = await Promise.all(Array.from({ length: 4 }, () => gateway.call('GET', CHECK)));
    expect(others.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
    vendor.release();
    for (const each of admitted) expect((await each).status).toBe(200);
    const refused = others[0]!;
    expect(refused.headers.get('ratelimit-policy')).toBe(
      '"caller";q=1000;w=3600, "caller-concurrent";q=2;qu="concurrent-requests"',
    );
    expect(refused.headers.get('ratelimit')).toMatch(/^"caller";r=\d+;t=3\d\d\d, "caller-concurrent";r=0$/);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body).toMatchObject({ retryAfterSeconds: 1, violatedPolicies: ['caller-concurrent'] });
    const next = await gateway.call('GET', CHECK);
    expect(next.status).toBe(200);
    expect(remainingOf(next)).toBe('"caller";r=997, "caller-concurrent";r=1');
    const metrics = await gateway.call('GET', '/metrics');
    expect(metrics.text).toContain('tollgate_http_refused_total{reason="concurrency"} 4');
  });

  it('keep the place of a caller that has hung up until the work is done', async () => {
    await start({ requests: 1_000, perSeconds: 1, concurrent: 1 });
    vendor.hold();
    const connected = once(gateway.app.getHttpServer() as Server, 'connection') as Promise<[Socket]>;
    const client = request(gateway.url + CHECK, {
      agent: false,
      headers: { authorization: `Bearer ${FULL_ACCESS_KEY}` },
    });
    client.on('error', () => undefined).end();
    const [socket] = await connected;
    await vendor.arrived(1);
    expect((await gateway.call('GET', QUICK)).status).toBe(429);
    const closed = once(socket, 'close');
    client.destroy();
    await closed;
    expect((await gateway.call('GET', QUICK)).status).toBe(429);
    vendor.release();
    await until('its place is free', async () => (await gateway.call('GET', QUICK)).status === 200);
    expect((await gateway.call('GET', QUICK)).status).toBe(200);
  });

  it('give the place back after every kind of refusal', async () => {
    await start({ requests: 1_000, perSeconds: 1, concurrent: 1 });
    const refusals = [
      ['POST', '/v1/voucher-handouts', 400],
      ['GET', '/v1/users/no-such-user/entitlements/1337', 404],
      ['GET', '/v1/operations?limit=no-number', 400],
      ['HEAD', CHECK, 200],
    ] as const;
    for (const [method, path, status] of refusals) {
      expect([path, (await gateway.call(method, path)).status]).toEqual([path, status]);
    }
  });

  it('hold on every route that is not open', async () => {
    await start({ requests: 1, perSeconds: HOUR });
    const { body: document } = await gateway.call('GET', '/openapi.json');
    expect((await gateway.call('GET', QUICK)).status).toBe(200);
    const routes = Object.entries(document.paths as Record<string, Record<string, { security: unknown[] }>>)
      .flatMap(([path, item]) => Object.entries(item).map(([method, route]) => ({ path, method, route })))
      .filter(({ route }) => Array.isArray(route.security));
    const unlimited: string[] = [];
    for (const { path, method, route } of routes) {
      const isOpen = route.security.length === 0;
      const { status, headers } = await gateway.call(method.toUpperCase(), path.replaceAll(/\{.+?\}/g, 'x'));
      if (isOpen ? status === 429 : status !== 429 || !headers.has('ratelimit-policy')) {
        unlimited.push(`${method} ${path}: ${status}`);
      }
    }
    expect(unlimited).toEqual([]);
    expect(routes.length).toBeGreaterThan(25);
  });
});
