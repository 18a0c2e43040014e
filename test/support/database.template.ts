import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Database } from '../../src/store/database.js';
import { EmbeddedSource } from '../../src/store/database.source.js';
import { JobQueue } from '../../src/store/job.queue.js';
import { SCHEMA_VERSIONS } from '../../src/store/schema.versions.js';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/tollgate-test', import.meta.url));
const SCHEMA = createHash('sha256').update(JSON.stringify(SCHEMA_VERSIONS)).digest('hex').slice(0, 16);
const TEMPLATE = join(CACHE, `database-and-jobs-${SCHEMA}`);

/** A DATA_DIR of its own for one gateway, with an empty database in it: copied, because making one takes seconds. */
export async function newDataDir(): Promise<string> {
  if (!(await exists(TEMPLATE))) await makeTemplate();
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-'));
  await cp(TEMPLATE, folder, { recursive: true });
  return folder;
}

/** Several test files may do this at once: the first to finish wins. */
async function makeTemplate(): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'making-'));
  const database = new Database(new EmbeddedSource(folder));
  await database.onModuleInit();
  const jobs = new JobQueue(database);
  jobs.onApplicationBootstrap();
  await jobs.beforeApplicationShutdown();
  await database.onApplicationShutdown();
  await rename(folder, TEMPLATE).catch(() => rm(folder, { recursive: true, force: true }));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
