import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const KEY = { authorization: 'Bearer tg_demo_full_access' };

describe('the embedded gateway as a process', () => {
  let dataDir: string;
  let child: ChildProcess;
  let errors = '';

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-'));
    errors = '';
  });

  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = (env: NodeJS.ProcessEnv): void => {
    child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env['PATH'], DATA_DIR: dataDir, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  };

  const until = async <T>(what: () => Promise<T | undefined> | T | undefined): Promise<T> => {
    for (;;) {
      const found = await what();
      if (found !== undefined) return found;
      if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${errors}`);
      await sleep(20);
    }
  };

  const exitCode = async (): Promise<number | null> => {
    if (child.exitCode !== null) return child.exitCode;
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };

  const embedded = { PORT: '0', SPID_SIMULATOR_PORT: '0', IMPORT2_SIMULATOR_PORT: '0' };
  const bannerUrl = () => /Tollgate +(http:\/\/\S+)/.exec(errors)?.[1];
  const spidUrl = () => /SPiD +(http:\/\/\S+)/.exec(errors)?.[1] ?? '';

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', async (signal) => {
    start(embedded);
    await until(bannerUrl);
    child.kill(signal);
    expect(await exitCode()).toBe(0);
  });

  it('fails readiness first, finishes running requests, then ends', async () => {
    start({ ...embedded, DRAIN_DELAY_MS: '400' });
    const url = await until(bannerUrl);
    await fetch(`${spidUrl()}/__faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ operation: 'product_get', kind: 'latency', times: 1, ms: 1_500 }),
    });
    const running = fetch(`${url}/v1/users/42/entitlements/1337`, { headers: KEY });
    await until(async () => {
      const health = await fetch(`${url}/health/upstreams`, { headers: KEY });
      const { items } = (await health.json()) as { items: { token: { state: string } | null }[] };
      return items.some(({ token }) => token?.state === 'valid') ? true : undefined;
    });
    child.kill('SIGTERM');
    await until(async () => ((await fetch(`${url}/health/ready`)).status === 503 ? true : undefined));
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await running).status).toBe(200);
    expect(await exitCode()).toBe(0);
  });

  it('refuses to listen on anything but loopback with demo keys', async () => {
    start({ ...embedded, HOST: '0.0.0.0' });
    expect(await exitCode()).toBe(1);
    expect(errors).toContain('HOST must be 127.0.0.1');
  });

  it('reports every mistake of the environment together', async () => {
    start({ ...embedded, PORT: 'high', LOG_LEVEL: 'loud', TOLLGATE_CONFGI: 'x' });
    expect(await exitCode()).toBe(1);
    for (const name of ['PORT', 'LOG_LEVEL', 'TOLLGATE_CONFGI']) expect(errors).toContain(name);
  });
});
