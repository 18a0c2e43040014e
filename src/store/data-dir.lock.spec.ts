import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirInUseError } from './database.errors.js';
import { DataDirLock } from './data-dir.lock.js';

describe('the lock of a data folder', () => {
  let dataDir: string;
  const file = () => join(dataDir, 'tollgate.pid');

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'tollgate-lock-'));
  });

  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('creates the folder and names the holder', () => {
    const lock = new DataDirLock(join(dataDir, 'new'));
    expect(JSON.parse(readFileSync(join(dataDir, 'new', 'tollgate.pid'), 'utf8'))).toMatchObject({
      pid: process.pid,
    });
    lock.release();
    expect(existsSync(join(dataDir, 'new', 'tollgate.pid'))).toBe(false);
  });

  it('refuses a second holder while the first one lives, and names it', () => {
    const lock = new DataDirLock(dataDir);
    expect(() => new DataDirLock(dataDir)).toThrow(DataDirInUseError);
    expect(() => new DataDirLock(dataDir)).toThrow(`in use by process ${process.pid}`);
    lock.release();
    new DataDirLock(dataDir).release();
  });

  it('takes over from a process that is dead', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(file(), JSON.stringify({ pid: dead, startedAt: null, token: 'x' }));
    new DataDirLock(dataDir).release();
  });

  it('takes over when the pid now belongs to another process', () => {
    writeFileSync(file(), JSON.stringify({ pid: process.pid, startedAt: 'another boot 1', token: 'x' }));
    new DataDirLock(dataDir).release();
  });

  it.each(['', '{"pid":', 'null', '{}'])('takes over a file that a crash cut short: %j', (content) => {
    writeFileSync(file(), content);
    new DataDirLock(dataDir).release();
  });

  it('leaves a lock alone that another process has taken meanwhile', () => {
    const lock = new DataDirLock(dataDir);
    writeFileSync(file(), 'of another');
    lock.release();
    expect(readFileSync(file(), 'utf8')).toBe('of another');
  });
});
