import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedFailureOf } from './embedded.failure.js';

const ofSystem = (code: string) => Object.assign(new Error(code), { code, errno: -28 });
/** What the file system of PGlite throws. */
const ofPglite = (errno: number) => ({ name: 'ErrnoError', errno });

describe('embeddedFailureOf', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-failure-'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    [ofPglite(51), 'no space is left (ENOSPC)', /^Make room there .* or set DATA_DIR/],
    [ofPglite(19), 'no space is left to this user (EDQUOT)', /^Make room there/],
    [ofPglite(2), 'this user has no right to read and write there (EACCES)', /^Let this user write there/],
    [ofPglite(69), 'the file system is read-only (EROFS)', /^Let this user write there/],
    [ofSystem('ENOSPC'), 'no space is left (ENOSPC)', /^Make room there/],
    [ofSystem('EACCES'), 'this user has no right to read and write there (EACCES)', /^Let this user write/],
    [
      ofSystem('ENOTDIR'),
      'a file is where a folder has to be (ENOTDIR)',
      /^It is damaged, .* or not a database/,
    ],
    [new Error('failed to initialize'), 'failed to initialize', /^It is damaged/],
    [{ errno: 1 }, 'unknown error', /^It is damaged/],
    [undefined, 'unknown error', /^It is damaged/],
  ])('names the cause and what to do: %j', (cause, reason, remedy) => {
    expect(embeddedFailureOf(folder, cause)).toEqual({ reason, remedy: expect.stringMatching(remedy) });
  });
});
