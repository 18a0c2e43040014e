import { Writable } from 'node:stream';
import { Secret } from '../../../src/config/secrets/secret.js';
import { Import2Clients } from '../../../src/upstreams/import2/import2.clients.js';
import { SpidClients } from '../../../src/upstreams/spid/spid.clients.js';
import { startGateway, type TestGateway } from '../../support/gateway.js';
import { until } from '../../support/until.js';
import { trafficOf } from '../../support/vendors/vendor.traffic.js';

interface Item {
  readonly tenant: string;
  readonly upstream: string;
  readonly status: string;
  readonly lastFailureReason: string | null;
}

/** Tenants besides `demo`, and what is wrong with each. */
const WRONG = {
  secret: { spid: { clientSecret: new Secret('canary-secret') }, import2: {} },
  id: { spid: { clientId: 'unknown' }, import2: {} },
  token: { spid: {}, import2: { apiToken: new Secret('canary-token') } },
  address: { spid: { baseUrl: 'http://127.0.0.1:1' }, import2: { baseUrl: 'http://127.0.0.1:1/api' } },
};

describe('credentials before the first customer', () => {
  let gateway: TestGateway;
  let log = '';

  beforeAll(async () => {
    const sink = new Writable({
      write(line, _encoding, done) {
        log += String(line);
        done();
      },
    });
    gateway = await startGateway({
      log: sink,
      settings: (demo) => {
        const tenant = demo.tenants.get('demo')!;
        const others = Object.entries(WRONG).map(([name, { spid, import2 }]) => {
          const changed = { spid: { ...tenant.spid!, ...spid }, import2: { ...tenant.import2!, ...import2 } };
          return [name, { ...tenant, name, ...changed }] as const;
        });
        const tenants = new Map([...demo.tenants, ...others]);
        return {
          ...demo,
          tenants,
          callers: demo.callers.map((each) => ({ ...each, tenants: [...tenants.keys()] })),
        };
      },
    });
  });

  afterAll(() => gateway.close());

  const items = async () => {
    const { body } = await gateway.call('GET', '/health/upstreams');
    return body.items as Item[];
  };

  it('are listed as not tried from the start, each upstream of each tenant', async () => {
    const all = await items();
    expect(all).toHaveLength(10);
    for (const each of all) expect(each).toMatchObject({ status: 'not_tried', lastFailureReason: null });
  });

  it('are tried in the background, with the reason in words in the list and in the log', async () => {
    gateway.app.get(SpidClients).startTrials();
    gateway.app.get(Import2Clients).startTrials();
    await until('all were tried', async () => (await items()).every(({ status }) => status !== 'not_tried'));
    const reasons = Object.fromEntries(
      (await items()).map((each) => [
        `${each.tenant} ${each.upstream}`,
        each.lastFailureReason ?? each.status,
      ]),
    );
    const secret = 'the vendor refuses the client secret, or does not know the client id';
    expect(reasons).toEqual({
      'demo spid': 'working',
      'demo import2': 'working',
      'secret spid': secret,
      'secret import2': 'working',
      'id spid': 'the vendor does not know the client id',
      'id import2': 'working',
      'token spid': 'working',
      'token import2': 'the vendor refuses the API token',
      'address spid': 'the vendor cannot be reached (the connection was refused (ECONNREFUSED))',
      'address import2': 'the vendor cannot be reached (the connection was refused (ECONNREFUSED))',
    });
    await until('all failures are logged', () => log.split('credentials').length > 5);
    expect(log).toMatch(/"level":"error"[^\n]*"tenant":"secret"[^\n]*the vendor refuses the client secret/);
    expect(log).toMatch(/"level":"error"[^\n]*"tenant":"token"[^\n]*the vendor refuses the API token/);
    expect(log).toMatch(/"level":"warn"[^\n]*"tenant":"address"[^\n]*cannot be reached/);
    expect(log).not.toContain('canary');
    expect(log).not.toMatch(/credentials","tenant":"demo"/);
  });

  it('are not used up: the token of the trial serves the first call', async () => {
    const tokens = async () =>
      (await trafficOf(gateway.spid.url)).filter(({ operation }) => operation === 'token').length;
    const before = await tokens();
    expect(before).toBeGreaterThan(0);
    const headers = { 'tollgate-tenant': 'demo' };
    const { status } = await gateway.call('GET', '/v1/users/42/entitlements/1337', { headers });
    expect([status, await tokens()]).toEqual([200, before]);
  });
});
