import { ConfigurationError } from './config/configuration.error.js';
import { readEnvironment } from './config/environment/environment.js';
import { DataDirLock } from './store/data-dir/data-dir.lock.js';
import {
  DataDirInUseError,
  DataDirUnusableError,
  SchemaTooNewError,
} from './store/database/database.errors.js';

/** A wrong environment and a folder in use are refused before the application is loaded, which takes 2 s. */
async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  // Before anything is made in the folder, and before a second start reports a port in use instead.
  const dataDirLock = environment.databaseUrl ? undefined : new DataDirLock(environment.dataDir);
  const { runGateway } = await import('./gateway.run.js');
  await runGateway(environment, dataDirLock);
}

async function giveUp(why: string): Promise<void> {
  const { secretFilter } = await import('./telemetry/secret.filter.js');
  process.stderr.write(secretFilter.text('log', `Tollgate does not start${why}\n`));
}

/** The address cannot be listened on; the message names it. */
const LISTEN_CODES: ReadonlySet<string | undefined> = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES']);

/** What an operator can put right is one line; of anything else the stack shows where it comes from. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as NodeJS.ErrnoException;
  const refusals = [DataDirInUseError, DataDirUnusableError, SchemaTooNewError];
  const isPlain = refusals.some((each) => error instanceof each) || LISTEN_CODES.has(code);
  return isPlain ? error.message : (error.stack ?? error.message);
}

main().catch(async (error: unknown) => {
  if (error instanceof ConfigurationError) {
    const lines = error.issues.map(({ path, reason }) => `  ${path} ${reason}`);
    await giveUp(`; ${error.source} has ${lines.length} error(s):\n${lines.join('\n')}`);
  } else {
    await giveUp(`: ${reasonOf(error)}`);
  }
  process.exit(1);
});
