import { rm } from 'node:fs/promises';
import { newDataDir } from '../support/database/database.template.js';
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

  it('ends with 0 on SIGTERM; its log is JSON, begins with what runs and ends with counts', async () => {
    start();
    const url = await gateway.url();
    await fetch(`${url}/v1/users/42/entitlements/1337`, { headers: KEY });
    gateway.signal('SIGTERM');
    expect(await gateway.exit()).toBe(0);
    const lines = gateway.log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const requests = lines.filter(({ msg }) => msg === 'request').length;
    expect(requests).toBeGreaterThan(0);
    const facts = {
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.version,
      mode: 'embedded',
      address: url,
      tenants: 1,
      callers: 2,
      issuers: 0,
      database: `embedded in ${dataDir}`,
      databaseStatus: 'ready',
      redis: 'none, this process counts by itself',
    };
    expect(lines.filter(({ context }) => context === 'Process')).toMatchObject([
      { level: 'info', msg: 'Tollgate is started', ...facts },
      { msg: 'draining', signal: 'SIGTERM', requestsInFlight: 0, drainDelayMs: 0, shutdownGraceMs: 28_000 },
      { msg: 'stopped', seconds: expect.any(Number), requests, requestsCut: 0, endsNotRecorded: 0 },
    ]);
    expect(gateway.errors).toMatch(/\nStopping: 0 request\(s\) in flight .*\nStopped\.\n$/);
  });

  it('writes for a person at a terminal, and ends with 0 on Ctrl-C', async () => {
    start({ NODE_OPTIONS: '--import=data:text/javascript,process.stdout.isTTY=true', NO_COLOR: '1' });
    const url = await gateway.url();
    await fetch(`${url}/v1/users/42/entitlements/1337`, { headers: KEY });
    gateway.signal('SIGINT');
    expect(await gateway.exit()).toBe(0);
    const lines = gateway.log
      .trim()
      .replaceAll(/^\[[\d:]{8}\] /gm, '')
      .split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'INFO: Database: the database is ready',
        expect.stringMatching(/^INFO: Process: Tollgate is started \{"version":/),
        expect.stringMatching(
          /^INFO: GET \/v1\/users\/:userId\/entitlements\/:productId: 200 after \d+ ms \(demo-full-access\)$/,
        ),
        expect.stringMatching(/^INFO: Process: stopped \{"seconds":/),
      ]),
    );
    expect(gateway.errors).toMatch(/\nStopped\.\n$/);
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
    // The simulator has the request, which took the latency.
    await gateway.until(async () => {
      const response = await fetch(`${spidUrl}/__faults`);
      return (await response.text()).includes('latency') ? undefined : true;
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
      'Tollgate does not start; environment has 1 error(s):\n  PORT must be a whole number from 0 to 65535; it is "high"\n',
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
