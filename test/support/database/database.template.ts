import { PGlite } from '@electric-sql/pglite';
import { createHash } from 'node:crypto';
import { cpSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Database } from '../../../src/store/database/database.js';
import { EmbeddedSource } from '../../../src/store/database/database.source.js';
import { JobQueue } from '../../../src/store/jobs/job.queue.js';
import { SCHEMA_VERSIONS } from '../../../src/store/schema/schema.versions.js';

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/tollgate-test', import.meta.url));
const SCHEMA = createHash('sha256').update(JSON.stringify(SCHEMA_VERSIONS)).digest('hex').slice(0, 16);
const TEMPLATE = join(CACHE, `small-database-${SCHEMA}`);

/** A DATA_DIR of its own for one gateway, with an empty database in it: copied, because making one takes seconds. */
export async function newDataDir(): Promise<string> {
  if (!(await exists(TEMPLATE))) await makeTemplate();
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-'));
  // Half the processor time of the asynchronous copy.
  cpSync(TEMPLATE, folder, { recursive: true });
  return folder;
}

/** Several test files may do this at once: the first to finish wins. */
async function makeTemplate(): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'making-'));
  await makeSmallCluster(join(folder, 'pglite'));
  const database = new Database(new EmbeddedSource(folder));
  await database.onModuleInit();
  const jobs = new JobQueue(database);
  jobs.onApplicationBootstrap();
  await jobs.beforeApplicationShutdown();
  await database.onApplicationShutdown();
  await rename(folder, TEMPLATE).catch(() => rm(folder, { recursive: true, force: true }));
}

/** A copy has 400 files and 16 MB instead of 1,065 and 40 MB: short segments of the log, no templates for databases. */
async function makeSmallCluster(dataDir: string): Promise<void> {
  const pglite = await PGlite.create({ dataDir, initDbStartParams: ['--wal-segsize=1'] });
  const { rows } = await pglite.query<{ oid: number }>(
    "select oid::int from pg_database where datname like 'template%'",
  );
  await pglite.close();
  await Promise.all(rows.map(({ oid }) => rm(join(dataDir, 'base', String(oid)), { recursive: true })));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
