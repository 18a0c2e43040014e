import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirInUseError, DataDirUnusableError } from './data-dir.errors.js';
import { DataDirLock } from './data-dir.lock.js';

describe('DataDirLock', () => {
  let dataDir: string;
  const holderFile = () => join(dataDir, 'tollgate.holder.json');
  const retake = (folder = dataDir) => new DataDirLock(folder).release();

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'tollgate-lock-'));
  });

  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('creates the folder and names the holder', () => {
    const folder = join(dataDir, 'new', 'folder');
    const lock = new DataDirLock(folder);
    expect(JSON.parse(readFileSync(join(folder, 'tollgate.holder.json'), 'utf8'))).toMatchObject({
      pid: process.pid,
    });
    lock.release();
    expect(existsSync(join(folder, 'tollgate.holder.json'))).toBe(false);
  });

  it('refuses a second lock in one line that names the folder, the holder and what to do', () => {
    const lock = new DataDirLock(dataDir);
    expect(() => new DataDirLock(dataDir)).toThrow(DataDirInUseError);
    expect(() => new DataDirLock(dataDir)).toThrow(
      new RegExp(
        `^the folder ${dataDir} .*in use by process ${process.pid} on host .*since .*DATABASE_URL.*$`,
      ),
    );
    lock.release();
    retake();
  });

  it.each(['demo', 'demo-files'] as const)('names no DATABASE_URL where it does not help: %s', (use) => {
    const lock = new DataDirLock(dataDir, use);
    const refusal =
      /: stop that process, or set another DATA_DIR: a demo keeps its simulators there, with DATABASE_URL too$/;
    expect(() => new DataDirLock(dataDir, use)).toThrow(refusal);
    lock.release();
  });

  it('is given up once, however often it is released', () => {
    const lock = new DataDirLock(dataDir);
    lock.release();
    const next = new DataDirLock(dataDir);
    lock.release();
    expect(() => new DataDirLock(dataDir)).toThrow(DataDirInUseError);
    next.release();
  });

  it('identifies the folder by any path to it', () => {
    symlinkSync(dataDir, `${dataDir}.link`);
    const lock = new DataDirLock(dataDir);
    try {
      expect(() => new DataDirLock(`${dataDir}.link`)).toThrow(DataDirInUseError);
      expect(() => new DataDirLock(join(dataDir, '..', dataDir.split('/').at(-1) ?? ''))).toThrow(
        DataDirInUseError,
      );
    } finally {
      rmSync(`${dataDir}.link`);
      lock.release();
    }
  });

  it.each(['', '{"pid":', 'null', '{}', '{"pid":1,"host":"a\\nb","since":"c"}'])(
    'decides nothing by the content of the holder file: %j',
    (content) => {
      writeFileSync(holderFile(), content);
      retake();
      const lock = new DataDirLock(dataDir);
      writeFileSync(holderFile(), content);
      expect(() => new DataDirLock(dataDir)).toThrow('is in use by another process: stop that process');
      rmSync(holderFile());
      expect(() => new DataDirLock(dataDir)).toThrow(DataDirInUseError);
      lock.release();
    },
  );

  it('leaves a copy of the folder free, and the copy leaves the folder free', () => {
    const copy = `${dataDir}.copy`;
    const lock = new DataDirLock(dataDir);
    execFileSync('cp', ['-a', dataDir, copy]);
    try {
      const lockOfCopy = new DataDirLock(copy);
      expect(() => new DataDirLock(copy)).toThrow(DataDirInUseError);
      lock.release();
      retake();
      lockOfCopy.release();
      retake(copy);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it('locks a folder with a long path, and reports by how much a longer one is too long', () => {
    const nested = (bytes: number) => {
      const missing = bytes - Buffer.byteLength(dataDir);
      const parts = Array.from({ length: Math.floor(missing / 100) }, () => `/${'d'.repeat(99)}`);
      return `${dataDir}${parts.join('')}/${'e'.repeat((missing % 100) - 1)}`;
    };
    const longest = nested(504 - '/tollgate.lock'.length);
    const lock = new DataDirLock(longest);
    expect(() => new DataDirLock(longest)).toThrow(DataDirInUseError);
    lock.release();
    retake(longest);
    expect(() => new DataDirLock(`${longest}eee`)).toThrow('its absolute path is 3 bytes too long');
  });

  it.each([
    ['lies under a file', () => join(dataDir, 'file', 'data'), 'ENOTDIR'],
    ['is a file', () => join(dataDir, 'file'), 'ENOTDIR'],
    ['lies where nothing can be made', () => '/proc/tollgate', 'ENOENT'],
  ])('refuses a folder that %s, and reports why', (_, folder, code) => {
    writeFileSync(join(dataDir, 'file'), '');
    expect(() => new DataDirLock(folder())).toThrow(DataDirUnusableError);
    expect(() => new DataDirLock(folder())).toThrow(code);
    expect(() => new DataDirLock(folder())).toThrow(
      'Set DATA_DIR to a folder that this process can write to',
    );
  });

  it('refuses a lock file that is something else, and leaves it as it is', () => {
    writeFileSync(join(dataDir, 'tollgate.lock'), 'x'.repeat(4_096));
    expect(() => new DataDirLock(dataDir)).toThrow('tollgate.lock in it is not a lock file');
    expect(readFileSync(join(dataDir, 'tollgate.lock'), 'utf8')).toBe('x'.repeat(4_096));
    rmSync(join(dataDir, 'tollgate.lock'));
    mkdirSync(join(dataDir, 'tollgate.lock'));
    expect(() => new DataDirLock(dataDir)).toThrow(DataDirUnusableError);
  });

  it('never writes to the lock file, so that no crash can damage it', () => {
    const lock = new DataDirLock(dataDir);
    cpSync(dataDir, `${dataDir}.copy`, { recursive: true, filter: (path) => !path.endsWith('.lock') });
    rmSync(`${dataDir}.copy`, { recursive: true });
    lock.release();
    expect(readFileSync(join(dataDir, 'tollgate.lock'))).toHaveLength(0);
  });
});
