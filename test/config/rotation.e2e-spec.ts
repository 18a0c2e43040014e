import type { CallResponse } from '../support/gateway.js';
import { RotatingGateway } from '../support/rotating.gateway.js';

/** Requests that go on and on, and what became of them. */
class Traffic {
  readonly responses: CallResponse[] = [];
  key = 'tg_first';
  readonly #running = new Set<Promise<unknown>>();
  #stopped = false;

  constructor(private readonly rotating: RotatingGateway) {}

  /** One request after the other; `pauseMs` keeps to the vendor's limit. */
  async flow(path: string, pauseMs = 0): Promise<void> {
    while (!this.#stopped) {
      const call = this.rotating.gateway.call('GET', path, { key: this.key });
      this.#running.add(call);
      this.responses.push(await call);
      this.#running.delete(call);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** Everything that is under way now, and the next response of each flow. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  stop(): void {
    this.#stopped = true;
  }
}

describe('secrets that are exchanged under load', () => {
  let rotating: RotatingGateway;

  beforeEach(async () => {
    rotating = await RotatingGateway.start();
  });

  afterEach(() => rotating.close());

  const statusFor = async (key: string) =>
    (await rotating.gateway.call('GET', '/v1/token-names', { key })).status;

  it('cost no request: three times SPiD, three times Import2, three times a key of a caller', async () => {
    const traffic = new Traffic(rotating);
    const paths = ['/v1/users/42/entitlements/1337', '/v1/users/42/entitlements', '/v1/voucher-groups'];
    const flows = [
      ...paths.map((path) => traffic.flow(path)),
      // Import2 allows ten requests a second, trials included.
      traffic.flow('/v1/migration-tools', 250),
    ];
    let [secret, token] = ['foobar', 'aafbdfde226327dafc73'];
    for (let round = 1; round <= 3; round += 1) {
      const next = { secret: `secret-${round}`, token: `token-${round}`, key: `tg_key_${round}` };
      await traffic.settled();
      await rotating.accept([secret, next.secret], [token, next.token]);
      rotating.folder.mount('spid', { 'client-secret': next.secret });
      rotating.folder.replace('import2-token', `${next.token}\n`);
      rotating.settings.keys = [traffic.key, next.key];
      rotating.write();
      await rotating.until(async () => (await statusFor(next.key)) === 200);
      await rotating.until(() => rotating.timesLogged('new spid settings work') === round);
      await rotating.until(() => rotating.timesLogged('new import2 settings work') === round);
      [traffic.key, secret, token] = [next.key, next.secret, next.token];
      // Calls that began before may still use what is taken away now.
      await traffic.settled();
      rotating.settings.keys = [next.key];
      rotating.write();
      await rotating.accept([secret], [token]);
      await rotating.gateway.spid.control('POST', '/__tokens/revoke');
    }
    await traffic.settled();
    traffic.stop();
    await Promise.all(flows);

    expect(traffic.responses.filter(({ status }) => status !== 200).map(({ body }) => body)).toEqual([]);
    expect(traffic.responses.length).toBeGreaterThan(50);
    await rotating.until(async () => (await statusFor('tg_key_2')) === 401);
  });

  it('take a place in the budget: while the vendor throttles, a new secret is not tried', async () => {
    const { spid } = rotating.gateway;
    const check = () => rotating.gateway.call('GET', '/v1/users/42/entitlements/1337', { key: 'tg_first' });
    expect((await check()).status).toBe(200);
    await spid.control('POST', '/__tokens/revoke');
    // The token endpoint names no reset: calls pause for a minute.
    await spid.control('POST', '/__faults', { operation: 'token', kind: 'status-420', times: 1 });
    expect((await check()).status).toBe(503);
    await spid.control('DELETE', '/__traffic');
    await rotating.accept(['foobar', 'barfoo'], ['aafbdfde226327dafc73']);
    rotating.folder.mount('spid', { 'client-secret': 'barfoo' });
    await rotating.until(() => rotating.timesLogged('new spid settings could not be tried') >= 1);
    expect(rotating.timesLogged('new spid settings do not work')).toBe(0);
    expect(await spid.control('GET', '/__traffic')).toMatchObject({ calls: [] });
  });
});
