import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSecret } from './secret.reference.js';

describe('readSecret', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-secret-'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function read(content: string | Uint8Array, mode = 0o600): ReturnType<typeof readSecret> {
    const path = join(folder, 'secret');
    writeFileSync(path, content);
    chmodSync(path, mode);
    return readSecret({ file: 'secret' }, { folder, env: {} });
  }

  it.each([
    ['canary', 'canary'],
    ['canary\n', 'canary'],
    ['canary\r\n', 'canary'],
    ['can ary', 'can ary'],
    ['canåry', 'canåry'],
  ])('reads %j, without one newline at its end', (content, text) => {
    expect(read(content).value?.reveal()).toBe(text);
  });

  it.each([
    ['', 'refers to an empty value'],
    ['\n', 'refers to an empty value'],
    ['canary\n\n', 'refers to a value with a control character in it'],
    ['can\rary', 'refers to a value with a control character in it'],
    ['canary\u0000', 'refers to a value with a control character in it'],
    [' canary', 'refers to a value with white space at an end'],
    ['canary \n', 'refers to a value with white space at an end'],
    ['\ufeffcanary', 'refers to a value with white space at an end'],
    [new Uint8Array([0x63, 0xff]), 'refers to a file that is not UTF-8 text'],
    ['c'.repeat(20_000), 'refers to a file of more than 16384 bytes'],
  ])('refuses %j', (content, reason) => {
    expect(read(content)).toEqual({ reason });
  });

  it('warns of a file that every user can read', () => {
    expect(read('canary', 0o644)).toMatchObject({ warning: expect.stringContaining('every user') });
    expect(read('canary', 0o640)).not.toHaveProperty('warning');
  });

  it('refuses what is not there or not a file', () => {
    const sources = { folder, env: {} };
    expect(readSecret({ file: 'nowhere' }, sources)).toEqual({
      reason: 'refers to a file that cannot be read (ENOENT)',
    });
    expect(readSecret({ file: '.' }, sources)).toEqual({ reason: 'refers to something that is not a file' });
  });

  it('reads a variable by the same rules', () => {
    const sources = { folder, env: { GOOD: 'canary\n', EMPTY: '', PADDED: ' canary' } };
    expect(readSecret({ env: 'GOOD' }, sources).value?.reveal()).toBe('canary');
    expect(readSecret({ env: 'EMPTY' }, sources)).toEqual({ reason: 'refers to an empty value' });
    expect(readSecret({ env: 'PADDED' }, sources)).toEqual({
      reason: 'refers to a value with white space at an end',
    });
    expect(readSecret({ env: 'NONE' }, sources)).toEqual({
      reason: 'refers to an environment variable that is not set',
    });
  });
});
