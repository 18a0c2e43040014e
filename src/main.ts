import 'reflect-metadata';
import { createGateway } from './app.setup.js';
import { ConfigurationError } from './config/configuration.error.js';
import { readEnvironment, type Environment } from './config/environment.js';
import type { Settings } from './config/settings.js';
import { SettingsReload } from './config/settings.reload.js';
import { readSettingsFile } from './config/settings.file.js';
import { embeddedBanner, startEmbeddedUpstreams } from './embedded/embedded.upstreams.js';
import { stopOnSignal } from './shutdown.js';
import { DataDirLock } from './store/data-dir.lock.js';
import { EmbeddedSource } from './store/database.source.js';
import { DataDirInUseError, DataDirUnusableError, SchemaTooNewError } from './store/database.errors.js';
import { createLogger, GatewayLogger } from './telemetry/logger.js';
import { secretFilter } from './telemetry/secret.filter.js';

async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const logger = new GatewayLogger(createLogger(environment.logLevel));
  crashThroughLog(logger);
  for (const { path, reason } of environment.warnings) logger.warn(`${path} ${reason}`, 'Environment');
  // Before anything is made in the folder, and before a second start reports a port in use instead.
  const dataDirLock = environment.databaseUrl ? undefined : new DataDirLock(environment.dataDir);
  const embedded = environment.mode === 'embedded' ? await startEmbeddedUpstreams(environment) : undefined;
  const settings = embedded?.settings ?? readSettings(environment, logger);
  const database = dataDirLock && new EmbeddedSource(environment.dataDir, dataDirLock);
  const app = await createGateway({ environment, settings, logger, ...(database && { database }) });
  await app.listen(environment.port, environment.host);
  stopOnSignal({ app, times: environment, logger, ...(embedded && { close: () => embedded.close() }) });
  if (!embedded) process.on('SIGHUP', () => app.get(SettingsReload).reload());
  await embedded?.announceTo(await app.getUrl());
  if (embedded) process.stderr.write(embeddedBanner(await app.getUrl(), settings));
}

function readSettings(environment: Environment, logger: GatewayLogger): Settings {
  const { settings, warnings } = readSettingsFile(environment.settingsFile ?? '', {
    env: process.env,
    shutdown: environment,
  });
  for (const { path, reason } of warnings) logger.warn(`${path} ${reason}`, 'Settings');
  return settings;
}

/**
 * Node would print an uncaught error with everything that it carries, past the filter. The log has its name, text,
 * stack and causes. Serving on is no choice: nobody knows what such an error has left undone.
 */
function crashThroughLog(logger: GatewayLogger): void {
  process.on('uncaughtException', (error: unknown) => {
    logger.fatal(
      error instanceof Error ? error : new Error('something was thrown that is no error'),
      'Process',
    );
    process.exit(1);
  });
}

function giveUp(why: string): void {
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

main().catch((error: unknown) => {
  if (error instanceof ConfigurationError) {
    const lines = error.faults.map(({ path, reason }) => `  ${path} ${reason}`);
    giveUp(`; ${error.source} has ${lines.length} fault(s):\n${lines.join('\n')}`);
  } else {
    giveUp(`: ${reasonOf(error)}`);
  }
  process.exit(1);
});
