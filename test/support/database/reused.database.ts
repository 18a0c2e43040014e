import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { INT8 } from '../../../src/store/database/pool/bounded.pool.js';
import {
  type Connections,
  type DatabaseSource,
  EmbeddedConnections,
} from '../../../src/store/database/database.source.js';
import { newDataDir } from './database.template.js';
import { TableReset } from './table.reset.js';

/** An embedded database, and how to empty it. */
interface Instance {
  readonly pglite: PGlite;
  readonly tables: TableReset;
  readonly folder: string;
}

/** At most one: a second gateway at the same time is rare, and each instance holds 150 MB. */
let idle: Instance | undefined;

/** Of databases that are open, also of a gateway that a test has left running. */
const folders = new Set<string>();
process.once('exit', () => folders.forEach(remove));

function remove(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

/**
 * The embedded database of one test gateway. To create one costs 1 s of processor time, to empty one 20 ms, so a worker
 * process keeps the database of a gateway that has ended for the next one.
 */
export class ReusedDatabase implements DatabaseSource {
  readonly backend = 'pglite';
  #instance: Instance | undefined;
  #open: Connections | undefined;

  async connect(): Promise<Connections> {
    this.#open ??= await this.#take();
    return this.#open;
  }

  /** The connections are closed: no statement of the gateway can come any more. */
  async close(): Promise<void> {
    const instance = this.#instance;
    this.#instance = undefined;
    if (!instance) return;
    const isReusable = !idle && (await instance.tables.reset(instance.pglite));
    // Another gateway may have ended meanwhile.
    if (isReusable && !idle) idle = instance;
    else {
      await instance.pglite.close();
      remove(instance.folder);
    }
  }

  async #take(): Promise<Connections> {
    const instance = idle ?? (await create());
    if (instance === idle) idle = undefined;
    this.#instance = instance;
    const pglite = untilClosed(instance.pglite);
    return new EmbeddedConnections(pglite, new Kysely({ dialect: new PGliteDialect({ pglite }) }));
  }
}

async function create(): Promise<Instance> {
  const folder = await newDataDir();
  folders.add(folder);
  const pglite = await PGlite.create({
    dataDir: join(folder, 'pglite'),
    parsers: { [INT8]: Number },
    startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'],
  });
  return { pglite, tables: await TableReset.of(pglite), folder };
}

/** The same database to one gateway, whose `close` ends only its own use, once its last statement has ended. */
function untilClosed(pglite: PGlite): PGlite {
  let closed = false;
  const close = async (): Promise<void> => {
    closed = true;
    await pglite.query('select 1');
  };
  return new Proxy(pglite, {
    get(_, name) {
      if (name === 'close') return close;
      if (name === 'closed') return closed;
      const value: unknown = Reflect.get(pglite, name, pglite);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (closed) throw new Error('PGlite is closed');
        return Reflect.apply(value, pglite, args);
      };
    },
  });
}
