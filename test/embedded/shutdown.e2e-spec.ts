import { rm } from 'node:fs/promises';
import { newDataDir } from '../support/database.template.js';
import { ANY_PORTS, GatewayProcess } from '../support/gateway.process.js';

const KEY = { authorization: 'Bearer tg_demo_full_access' };

describe('the embedded gateway as a process', () => {
  let dataDir: string;
  let gateway: GatewayProcess;

  beforeEach(async () => {
    dataDir = await newDataDir();
  });

  afterEach(async () => {
    await gateway.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = (env: NodeJS.ProcessEnv = {}): void => {
    gateway = new GatewayProcess({ ...ANY_PORTS, DATA_DIR: dataDir, ...env });
  };

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', async (signal) => {
    start();
    await gateway.url();
    gateway.signal(signal);
    expect(await gateway.exit()).toBe(0);
  });

  it('fails readiness first, finishes running requests, then ends', async () => {
    start({ DRAIN_DELAY_MS: '400' });
    const url = await gateway.url();
    const spidUrl = /SPiD +(http:\/\/\S+)/.exec(gateway.errors)?.[1] ?? '';
    await fetch(`${spidUrl}/__faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ operation: 'product_get', kind: 'latency', times: 1, ms: 1_500 }),
    });
    const running = fetch(`${url}/v1/users/42/entitlements/1337`, { headers: KEY });
    await gateway.until(async () => {
      const health = await fetch(`${url}/health/upstreams`, { headers: KEY });
      const { items } = (await health.json()) as { items: { token: { state: string } | null }[] };
      return items.some(({ token }) => token?.state === 'valid') ? true : undefined;
    });
    gateway.signal('SIGTERM');
    await gateway.until(async () => ((await fetch(`${url}/health/ready`)).status === 503 ? true : undefined));
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await running).status).toBe(200);
    expect(await gateway.exit()).toBe(0);
  });

  it('takes no service link of Kubernetes for a port', async () => {
    start({ SPID_SIMULATOR_PORT: 'tcp://10.0.0.1:4001', IMPORT2_SIMULATOR_PORT: '0', PORT: 'high' });
    expect(await gateway.exit()).toBe(1);
    expect(gateway.errors).toBe(
      'Tollgate does not start; environment has 1 error(s):\n  PORT must be a whole number from 0 to 65535\n',
    );
  });

  it('refuses to listen on anything but loopback with demo keys', async () => {
    start({ HOST: '0.0.0.0' });
    expect(await gateway.exit()).toBe(1);
    expect(gateway.errors).toContain('HOST must be 127.0.0.1');
  });

  it('reports every mistake of the environment together', async () => {
    start({
      PORT: 'high',
      LOG_LEVEL: 'loud',
      TOLLGATE_CONFGI: 'x',
      REDIS_URL: 'redis://:100%pure-canary@valkey',
      DATABASE_URL: 'postgres://u:can#ary@db/x',
    });
    expect(await gateway.exit()).toBe(1);
    for (const name of ['PORT', 'LOG_LEVEL', 'TOLLGATE_CONFGI', 'REDIS_URL', 'DATABASE_URL']) {
      expect(gateway.errors).toContain(`\n  ${name} `);
    }
    expect(gateway.errors).not.toMatch(/canary|can#ary| at /);
  });
});
