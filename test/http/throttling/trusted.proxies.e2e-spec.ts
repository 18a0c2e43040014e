import { startGateway, type TestGateway } from '../../support/gateway.js';

/** Refusals that one client gets before 429. */
const FAILURES_MAX = 120;

describe('failed keys behind a proxy', () => {
  let gateway: TestGateway | undefined;

  afterEach(() => gateway?.close());

  const start = async (trustedProxies: readonly string[]) => {
    gateway = await startGateway({ settings: (demo) => ({ ...demo, trustedProxies }) });
    return gateway;
  };

  const refusal = async (forwardedFor: string): Promise<number> => {
    const headers = { 'x-forwarded-for': forwardedFor };
    return (await gateway!.call('GET', '/v1/operations', { key: 'tg_wrong', headers })).status;
  };

  const exhaust = async (forwardedFor: (attempt: number) => string): Promise<Set<number>> => {
    const statuses = new Set<number>();
    for (let attempt = 0; attempt <= FAILURES_MAX; attempt += 1)
      statuses.add(await refusal(forwardedFor(attempt)));
    return statuses;
  };

  it('are counted by the address that a trusted proxy names, not by what the client wrote before it', async () => {
    await start(['127.0.0.0/8', '10.0.0.0/8']);
    expect(await exhaust((attempt) => `198.51.100.${attempt}, 192.0.2.1, 10.1.1.1`)).toEqual(
      new Set([401, 429]),
    );
    expect(await refusal('192.0.2.1')).toBe(429);
    expect(await refusal('192.0.2.2, 10.1.1.1')).toBe(401);
    expect(await refusal('192.0.2.1, 192.0.2.2')).toBe(401);
  });

  it.each([
    ['no proxy is trusted', []],
    ['the connection is not from a trusted one', ['192.0.2.0/24']],
  ])('are counted by the address of the connection where %s', async (_, proxies) => {
    await start(proxies);
    expect(await exhaust((attempt) => `198.51.100.${attempt}`)).toEqual(new Set([401, 429]));
    expect(await refusal('192.0.2.9')).toBe(429);
  });

  it('are counted by the proxy when what it names is no address', async () => {
    await start(['127.0.0.1']);
    expect(await exhaust((attempt) => `unknown-${attempt}`)).toEqual(new Set([401, 429]));
    expect(await refusal('')).toBe(429);
    expect(await refusal('192.0.2.1')).toBe(401);
  });
});
