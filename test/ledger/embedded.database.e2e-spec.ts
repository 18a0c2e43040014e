import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DataDirInUseError } from '../../src/store/data-dir/data-dir.errors.js';
import { EmbeddedSource } from '../../src/store/database/database.source.js';
import { SCHEMA_INDEXES } from '../../src/store/schema/schema.indexes.js';
import { newDataDir } from '../support/database/database.template.js';
import { FLAGS } from '../support/gateway.process.js';
import { aWrite, CREATED, LedgerParts } from './support/ledger.parts.js';

const SUPPORT = join(import.meta.dirname, 'support');

describe('the embedded database', () => {
  let dataDir: string;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    dataDir = await newDataDir();
  });

  afterEach(async () => {
    child?.kill('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Starts a writer process and kills it after `lines` lines; resolves with its output. */
  async function killAfter(lines: number, onLine: (line: string) => Promise<void> | void): Promise<string[]> {
    const loader = pathToFileURL(
      join(SUPPORT, '..', '..', 'support', 'runner', 'typescript.loader.mjs'),
    ).href;
    const writer = fileURLToPath(pathToFileURL(join(SUPPORT, 'embedded.writer.ts')));
    child = spawn(process.execPath, [...FLAGS, '--import', loader, writer, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    const printed: string[] = [];
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      printed.push(line);
      if (printed.length === 1) await onLine(line);
      if (printed.length === lines) child.kill('SIGKILL');
    }
    await exit;
    return printed;
  }

  it('keeps every recorded operation through kill -9, and is used by one process at a time', async () => {
    const printed = await killAfter(60, async () => {
      await expect(LedgerParts.open(new EmbeddedSource(dataDir))).rejects.toThrow(DataDirInUseError);
    });
    expect(printed.length).toBeGreaterThanOrEqual(60);

    const parts = await LedgerParts.open(new EmbeddedSource(dataDir));
    const keysOf = (word: string) =>
      printed.filter((line) => line.startsWith(word)).map((line) => line.split(' ')[1]);
    const recorded = keysOf('recorded');
    for (const key of recorded) {
      const repeat = await parts.ledger.begin(aWrite({ idempotencyKey: key ?? '' }));
      expect(repeat).toMatchObject({ kind: 'replay', response: CREATED });
    }
    for (const key of keysOf('started').filter((started) => !recorded.includes(started))) {
      const repeat = await parts.ledger.begin(aWrite({ idempotencyKey: key ?? '' }));
      expect(repeat.kind).not.toBe('run');
    }
    await parts.close();
  });

  it('adds the missing indexes to a data directory of an earlier version', async () => {
    const before = await LedgerParts.open(new EmbeddedSource(dataDir));
    await before.database.run((db) =>
      sql`drop index operations_by_caller, operations_unfinished`
        .execute(db)
        .then(() => sql`create index operations_of_user on operations (user_id)`.execute(db)),
    );
    await before.close();
    const after = await LedgerParts.open(new EmbeddedSource(dataDir));
    const { rows } = await after.database.run((db) =>
      sql<{ name: string }>`select relname as name from pg_index join pg_class on oid = indexrelid
        where indrelid = 'operations'::regclass`.execute(db),
    );
    await after.close();
    const names = rows.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(SCHEMA_INDEXES.map(({ name }) => name)));
    expect(names).not.toContain('operations_of_user');
  });
});
