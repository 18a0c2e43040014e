import { execFileSync } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newDataDir } from '../support/database/database.template.js';
import { ANY_PORTS, GatewayProcess } from '../support/gateway.process.js';
import { inOwnPidNamespace } from '../support/namespaces.js';

describe('gateways on a data folder', () => {
  let dataDir: string;
  let gateways: GatewayProcess[];

  beforeEach(async () => {
    dataDir = await newDataDir();
    gateways = [];
  });

  afterEach(async () => {
    await Promise.all(gateways.map((each) => each.kill()));
    await rm(dataDir, { recursive: true, force: true });
    await rm(`${dataDir}.deep`, { recursive: true, force: true });
  });

  function start(folder = dataDir, prefix: readonly string[] = []): GatewayProcess {
    const gateway = new GatewayProcess({ ...ANY_PORTS, LOG_LEVEL: 'error', DATA_DIR: folder }, prefix);
    gateways.push(gateway);
    return gateway;
  }

  const REFUSAL =
    /^Tollgate does not start: the folder \S+ \(DATA_DIR\) is in use by process \d+ on host \S+, since \S+: stop .*\n$/;

  it('refuses a second one in another PID namespace, in one line, while the first goes on', async () => {
    const unshare = inOwnPidNamespace();
    const first = start(dataDir, unshare);
    const url = await first.url();
    const second = start(dataDir, unshare);
    expect(await second.exit()).toBe(1);
    expect(second.errors).toMatch(REFUSAL);
    expect(second.errors).toContain(dataDir);
    const answer = await fetch(`${url}/v1/voucher-handouts`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer tg_demo_full_access',
        'content-type': 'application/json',
        'idempotency-key': 'once',
      },
      body: JSON.stringify({ userId: '42', voucherGroupId: '324673248' }),
    });
    expect(answer.status).toBe(201);
  });

  it('starts at once after a kill -9, on the folder and on a copy of it', async () => {
    const first = start();
    await first.url();
    await first.kill();
    const copy = `${dataDir}.copy`;
    execFileSync('cp', ['-a', dataDir, copy]);
    try {
      const [second, third] = [start(), start(copy)];
      expect(await second.url()).not.toBe(await third.url());
      expect(await start(copy).exit()).toBe(1);
    } finally {
      await Promise.all(gateways.map((each) => each.kill()));
      await rm(copy, { recursive: true });
    }
  });

  it('lets one of several win that start at once on a new folder', async () => {
    const folder = join(dataDir, 'new');
    const all = Array.from({ length: 3 }, () => start(folder));
    const winner = await Promise.any(all.map(async (each) => ({ each, url: await each.url() })));
    for (const loser of all.filter((each) => each !== winner.each)) {
      expect(await loser.exit()).toBe(1);
      expect(loser.errors).toContain('is in use by');
    }
    expect((await fetch(`${winner.url}/health/ready`)).status).toBe(200);
  });

  it('runs on a folder whose path is longer than that of any socket', async () => {
    const folder = join(`${dataDir}.deep`, 'long'.repeat(50), 'longer'.repeat(25));
    await cp(dataDir, folder, { recursive: true });
    const first = start(folder);
    await first.url();
    const second = start(folder);
    expect(await second.exit()).toBe(1);
    expect(second.errors).toMatch(REFUSAL);
  });

  it('refuses a folder that cannot be used, in one line', async () => {
    const gateway = start('/dev/null/data');
    expect(await gateway.exit()).toBe(1);
    expect(gateway.errors).toMatch(
      /^Tollgate does not start: the folder \/dev\/null\/data \(DATA_DIR\) cannot hold the embedded database: a file is where a folder has to be \(ENOTDIR\).*\n$/,
    );
  });
});
