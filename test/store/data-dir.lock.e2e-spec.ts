import { chmodSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/until.js';
import { inOwnPidNamespace, runsInNamespaces } from '../support/namespaces.js';
import { Contender } from './support/contender.js';

const withNamespaces = runsInNamespaces ? describe : describe.skip;

/** Each round costs a starter; the others go on. */
const STARTERS = 20;
const ROUNDS = 12;

/** Enough to meet a step that is not atomic. */
const PAIR_ROUNDS = 200;

describe('the lock of a data folder, among processes', () => {
  let dataDir: string;
  let contenders: Contender[];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-lock-'));
    contenders = [];
  });

  afterEach(async () => {
    await Promise.all(contenders.map((each) => each.kill()));
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(...options: Parameters<typeof Contender.start>): Promise<Contender> {
    const contender = await Contender.start(...options);
    contenders.push(contender);
    return contender;
  }

  it('lets exactly one of 20 starters win, round after round, each after a kill -9 of the last winner', async () => {
    await Promise.all(Array.from({ length: STARTERS }, () => start()));
    for (let round = 0; round < ROUNDS; round += 1) {
      const attempts = await Promise.all(
        contenders.map(async (contender) => ({ contender, ...(await contender.take(dataDir)) })),
      );
      const winners = attempts.filter(({ taken }) => taken);
      expect(winners).toHaveLength(1);
      expect(attempts.find(({ taken }) => !taken)?.message).toContain(
        `the folder ${dataDir} (DATA_DIR) is in use`,
      );
      await winners[0]?.contender.kill();
      contenders = contenders.filter((each) => each !== winners[0]?.contender);
    }
  });

  it('lets exactly one win of two that start in the same moment on a new folder', async () => {
    const pair = [await start(), await start()];
    for (let round = 0; round < PAIR_ROUNDS; round += 1) {
      const folder = join(dataDir, String(round));
      await mkdir(folder);
      const at = Date.now() + 2;
      const attempts = await Promise.all(pair.map((each) => each.take(folder, at)));
      expect(attempts.filter(({ taken }) => taken)).toHaveLength(1);
    }
  });

  it('is free at once after a kill -9 of its holder', async () => {
    const [first, second] = [await start(), await start()];
    expect(await first.take(dataDir)).toEqual({ taken: true, message: '' });
    await first.kill();
    expect(await second.take(dataDir)).toEqual({ taken: true, message: '' });
  });

  withNamespaces('between two PID namespaces', () => {
    it('is held', async () => {
      const unshare = inOwnPidNamespace();
      const [first, second] = [await start(unshare), await start(unshare)];
      expect(await first.take(dataDir)).toEqual({ taken: true, message: '' });
      expect(await second.take(dataDir)).toEqual({
        taken: false,
        message: expect.stringMatching(/in use by process 1 on host \S+, since/),
      });
      // This ends `unshare`, which takes the holder with it a moment later.
      await first.kill();
      await until('the lock is free', async () => (await second.take(dataDir)).taken);
    });
  });

  it('is not given up by a refused second lock of the process that holds it', async () => {
    const [first, second] = [await start(), await start()];
    expect(await first.take(dataDir)).toMatchObject({ taken: true });
    expect(await first.take(dataDir)).toMatchObject({ taken: false });
    expect(await second.take(dataDir)).toMatchObject({ taken: false });
  });

  it('refuses a folder that its user must not write to', async () => {
    const owner = await start();
    expect(await owner.take(dataDir)).toMatchObject({ taken: true });
    // The folder belongs to this user alone; tests that run as root become another one.
    const other = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const stranger = await start([], other);
    const folder = process.getuid?.() === 0 ? dataDir : '/';
    expect(await stranger.take(folder)).toEqual({
      taken: false,
      message: expect.stringMatching(
        /cannot hold the embedded database: this user has no right to read and write there \(EACCES\)/,
      ),
    });
  });

  it('refuses a lock file that its user must not write to', async () => {
    chmodSync(dataDir, 0o777);
    writeFileSync(join(dataDir, 'tollgate.lock'), '', { mode: 0o444 });
    const other = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const stranger = await start([], other);
    expect(await stranger.take(dataDir)).toEqual({
      taken: false,
      message: expect.stringContaining('this user has no right to read and write tollgate.lock in it'),
    });
  });
});
