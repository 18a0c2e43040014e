import { resolve } from 'node:path';
import { StartRefusedError } from '../../config/errors/start.refused.error.js';

/**
 * What a process keeps in `DATA_DIR`. `database`: the embedded database, which `DATABASE_URL` would replace. `demo`: that
 * and the keys and simulators of embedded mode. `demo-files`: only the latter, the database is elsewhere.
 */
export type DataDirUse = 'database' | 'demo' | 'demo-files';

/** Another process uses the folder: two would destroy the database, run one key twice and lose the simulators' state. */
export class DataDirInUseError extends StartRefusedError {
  constructor(dataDir: string, holder: string, use: DataDirUse) {
    const remedy =
      use === 'database'
        ? 'stop that process, set another DATA_DIR, or set DATABASE_URL to share one PostgreSQL between several processes'
        : 'stop that process, or set another DATA_DIR: a demo keeps its simulators there, with DATABASE_URL too';
    super(`the folder ${resolve(dataDir)} (DATA_DIR) is in use by ${holder}: ${remedy}`);
  }
}

/** The folder cannot be made, written to or locked. */
export class DataDirUnusableError extends StartRefusedError {
  constructor(dataDir: string, reason: string, { use, cause }: { use: DataDirUse; cause?: unknown }) {
    const content = use === 'demo-files' ? 'the keys of the ledger' : 'the embedded database';
    const remedy = use === 'database' ? ', or DATABASE_URL to a PostgreSQL' : '';
    super(
      `the folder ${resolve(dataDir)} (DATA_DIR) cannot hold ${content}: ${reason}. Set DATA_DIR to a folder that this ` +
        `process can write to${remedy}`,
      cause === undefined ? undefined : { cause },
    );
  }
}
