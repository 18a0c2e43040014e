import { Logger } from '@nestjs/common';
import { Clock } from '../../config/clock.js';
import { DatabaseUnavailableError } from '../../store/database/database.errors.js';
import type { Database } from '../../store/database/database.js';
import { FenceUnavailableError } from './user.fence.js';
import { UserFences } from './user.fences.js';

/** No machine is so slow. */
const LONG_MS = 600_000;

interface Statement {
  readonly values: readonly string[];
  readonly lane: string;
  readonly resolve: (rows: readonly object[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects statements, which the test ends. */
class HeldDatabase {
  readonly statements: Statement[] = [];
  #isReleased = false;

  /** Ends what the test has left, and what still follows: a read that waits holds a timer. */
  release(): void {
    this.#isReleased = true;
    for (const { resolve } of this.statements) resolve(response(''));
  }

  /** Whether the index is there. */
  run(work: (db: unknown) => Promise<unknown>): Promise<unknown> {
    return work({ executeQuery: () => Promise.resolve({ rows: [{}] }) });
  }

  execute(_statement: unknown, values: readonly string[], lane: string): Promise<readonly object[]> {
    if (this.#isReleased) return Promise.resolve(response(''));
    return new Promise((resolve, reject) => this.statements.push({ values, lane, resolve, reject }));
  }

  /** The statement that was sent last, once there are so many. */
  async sent(count: number): Promise<Statement> {
    for (;;) {
      const statement = this.statements.at(count - 1);
      if (statement) return statement;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const response = (fences: string | null, server = '1') => [{ fences, server }];

const countOf = ([, users = '']: readonly string[]) => users.split(',').length;

describe('UserFences', () => {
  let database: HeldDatabase;
  let fences: UserFences;

  beforeEach(() => {
    Logger.overrideLogger(false);
    database = new HeldDatabase();
    fences = new UserFences(database as unknown as Database, new Clock(), LONG_MS);
  });

  afterEach(() => database.release());

  it('reads all that are asked for at once in one statement, each user once', async () => {
    const reads = ['42', '7', '042'].map((user) => fences.read('spid:a', user));
    const other = fences.read('spid:b', '42');
    const { values, lane, resolve } = await database.sent(1);
    expect(lane).toBe('fences');
    expect(values).toEqual(['{"spid:a","spid:a","spid:a","spid:b","spid:b"}', '{*,42,7,*,42}']);
    resolve(response(',5,!6,!8,9'));
    expect(await Promise.all([...reads, other])).toEqual([
      { isOpen: false, revision: '1/5/' },
      { isOpen: true, revision: '1/!6/' },
      { isOpen: false, revision: '1/5/' },
      { isOpen: true, revision: '1/9/!8' },
    ]);
    expect(database.statements).toHaveLength(1);
  });

  it('quotes the names of accounts', async () => {
    void fences.read(String.raw`a "b",{\c}`, '1');
    expect((await database.sent(1)).values).toEqual([String.raw`{"a \"b\",{\\c}","a \"b\",{\\c}"}`, '{*,1}']);
  });

  it('joins no statement that has been sent', async () => {
    const first = fences.read('spid:a', '42');
    const one = await database.sent(1);
    const second = fences.read('spid:a', '42');
    one.resolve(response(',5'));
    expect((await first).revision).toBe('1/5/');
    (await database.sent(2)).resolve(response(',6'));
    expect((await second).revision).toBe('1/6/');
  });

  it('sends one statement at a time, and in the next one all that was asked for meanwhile', async () => {
    void fences.read('spid:a', '1');
    const one = await database.sent(1);
    for (const user of ['2', '3']) {
      void fences.read('spid:a', user);
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(database.statements).toHaveLength(1);
    one.resolve(response(',5'));
    expect((await database.sent(2)).values[1]).toBe('{*,2,3}');
  });

  it('bounds the users of one statement', async () => {
    for (let user = 0; user < 700; user += 1) void fences.read('spid:a', `${user}`);
    const { values, resolve } = await database.sent(1);
    const first = countOf(values);
    expect(first).toBeLessThanOrEqual(501);
    resolve(response('5'));
    const rest = countOf((await database.sent(2)).values);
    expect(first + rest).toBe(702);
  });

  it('gives every server revisions of its own', async () => {
    const revisions: string[] = [];
    for (const [index, server] of ['1', '2', '1'].entries()) {
      const read = fences.read('spid:a', '42');
      (await database.sent(index + 1)).resolve(response(',5', server));
      revisions.push((await read).revision);
    }
    expect(new Set(revisions).size).toBe(3);
  });

  it('refuses what a standby knows', async () => {
    const read = fences.read('spid:a', '42');
    (await database.sent(1)).resolve(response(null));
    await expect(read).rejects.toThrow(FenceUnavailableError);
  });

  it.each([new DatabaseUnavailableError('gone'), new Error('a defect')])(
    'refuses all reads of a statement that fails with %p, and sends the next',
    async (error) => {
      const reads = ['1', '2'].map((user) => fences.read('spid:a', user));
      (await database.sent(1)).reject(error);
      for (const read of reads) await expect(read).rejects.toThrow(FenceUnavailableError);
      const next = fences.read('spid:a', '42');
      (await database.sent(2)).resolve(response(',5'));
      expect(await next).toEqual({ isOpen: false, revision: '1/5/' });
    },
  );

  it('refuses reads while the database does not respond, without another statement', async () => {
    fences = new UserFences(database as unknown as Database, new Clock(), 1);
    // A read that is too late before it is sent never becomes a statement.
    while (database.statements.length === 0) {
      await expect(fences.read('spid:a', '1')).rejects.toThrow(FenceUnavailableError);
    }
    const stuck = await database.sent(1);
    await expect(fences.read('spid:a', '2')).rejects.toThrow(/does not respond$/);
    expect(database.statements).toHaveLength(1);
    stuck.resolve(response(',5'));
    while (database.statements.length < 2) {
      await fences.read('spid:a', '3').catch(() => new Promise((resolve) => setImmediate(resolve)));
    }
    expect(database.statements[1]?.values[1]).toBe('{*,3}');
  });
});
